// Where each source's chain of evidence ends; locked by whoever adds to it.
CREATE CONSTRAINT chain_source IF NOT EXISTS FOR (n:Chain) REQUIRE n.source IS UNIQUE;
// One record at each position of a chain, and the way to walk along it.
CREATE CONSTRAINT link_position IF NOT EXISTS FOR (n:Link) REQUIRE (n.source, n.position) IS UNIQUE;
// What was found out about evidence once all of it had been read.
CREATE CONSTRAINT closing_id IF NOT EXISTS FOR (n:Closing) REQUIRE n.id IS UNIQUE;
