// A past decision that later knowledge overturned is remembered once for each new answer.
CREATE CONSTRAINT reconsideration_id IF NOT EXISTS FOR (n:Reconsideration) REQUIRE n.id IS UNIQUE;
