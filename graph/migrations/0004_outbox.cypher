// A notice is written once, however often what it tells of is looked at.
CREATE CONSTRAINT outbox_dedupe IF NOT EXISTS FOR (n:Outbox) REQUIRE n.dedupe IS UNIQUE;
// What is to be delivered next.
CREATE INDEX outbox_next IF NOT EXISTS FOR (n:Outbox) ON (n.nextAt);
