// Words that nobody has said the meaning of: only the statements that have one are in these indexes.
CREATE INDEX observation_unmapped_word IF NOT EXISTS FOR (n:Observation) ON (n.unmappedWord);
CREATE INDEX observation_unmapped_action IF NOT EXISTS FOR (n:Observation) ON (n.unmappedAction);

// Whoever is excluded under a former name is found by it.
CREATE INDEX practitioner_other_folded_name IF NOT EXISTS FOR (n:Practitioner) ON (n.otherFoldedName);

// Rows that a person has to decide about: each once, and whom they could be about by the day of birth.
CREATE CONSTRAINT claim_id IF NOT EXISTS FOR (n:Claim) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT claim_key IF NOT EXISTS FOR (n:Claim) REQUIRE n.key IS UNIQUE;
CREATE INDEX practitioner_birth_date IF NOT EXISTS FOR (n:Practitioner) ON (n.birthDate);
