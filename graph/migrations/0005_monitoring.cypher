// A store has one clock of its own, or none.
CREATE CONSTRAINT simulation_name IF NOT EXISTS FOR (n:Simulation) REQUIRE n.name IS UNIQUE;
// Work that only one process may do at a time, how far a sweep has come, and how old each source is.
CREATE CONSTRAINT lease_name IF NOT EXISTS FOR (n:Lease) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT sweep_name IF NOT EXISTS FOR (n:Sweep) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT source_age_key IF NOT EXISTS FOR (n:SourceAge) REQUIRE n.key IS UNIQUE;

// Whose standing is next to be decided anew, and which credential is next to end.
CREATE INDEX practitioner_decided_until IF NOT EXISTS FOR (n:Practitioner) ON (n.decidedUntil);
CREATE INDEX credential_ends_on IF NOT EXISTS FOR (n:Credential) ON (n.endsOn);
