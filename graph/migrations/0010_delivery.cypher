// Where an account wants to be told, and one delivery for each notice and place.
CREATE CONSTRAINT endpoint_id IF NOT EXISTS FOR (n:Endpoint) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT delivery_key IF NOT EXISTS FOR (n:Delivery) REQUIRE n.key IS UNIQUE;

// Which endpoint is to be looked at next, and what waits for it; what nobody could be told.
CREATE INDEX endpoint_next IF NOT EXISTS FOR (n:Endpoint) ON (n.nextAt);
CREATE INDEX delivery_next IF NOT EXISTS FOR (n:Delivery) ON (n.endpoint, n.nextAt);
CREATE INDEX delivery_dead IF NOT EXISTS FOR (n:Delivery) ON (n.deadAt);

// The newest of what happened, for whoever watches.
CREATE INDEX event_at IF NOT EXISTS FOR (n:Event) ON (n.at);
CREATE INDEX outbox_at IF NOT EXISTS FOR (n:Outbox) ON (n.at);
