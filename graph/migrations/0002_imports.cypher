// What makes a file's rows one and the same however often it is read.
CREATE CONSTRAINT evidence_key IF NOT EXISTS FOR (n:Evidence) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT observation_key IF NOT EXISTS FOR (n:Observation) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT exclusion_edition_key IF NOT EXISTS FOR (n:ExclusionEdition) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT deactivated_npi_npi IF NOT EXISTS FOR (n:DeactivatedNpi) REQUIRE n.npi IS UNIQUE;
CREATE CONSTRAINT privilege_id IF NOT EXISTS FOR (n:Privilege) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT privilege_key IF NOT EXISTS FOR (n:Privilege) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT compact_code IF NOT EXISTS FOR (n:Compact) REQUIRE n.code IS UNIQUE;

// An exclusion row of an earlier edition is found again by what it says.
CREATE INDEX exclusion_content IF NOT EXISTS FOR (n:Exclusion) ON (n.content);
