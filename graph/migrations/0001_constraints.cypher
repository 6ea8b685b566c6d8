// Every name that is promised to be unique. MERGE on any of these is safe only behind its constraint.
CREATE CONSTRAINT practitioner_id IF NOT EXISTS FOR (n:Practitioner) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT practitioner_npi IF NOT EXISTS FOR (n:Practitioner) REQUIRE n.npi IS UNIQUE;
CREATE CONSTRAINT practice_id IF NOT EXISTS FOR (n:Practice) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT concern_code IF NOT EXISTS FOR (n:Concern) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT language_code IF NOT EXISTS FOR (n:Language) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT payer_code IF NOT EXISTS FOR (n:Payer) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT modality_code IF NOT EXISTS FOR (n:Modality) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT certifying_body_id IF NOT EXISTS FOR (n:CertifyingBody) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT certifying_body_code IF NOT EXISTS FOR (n:CertifyingBody) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT credential_id IF NOT EXISTS FOR (n:Credential) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT credential_key IF NOT EXISTS FOR (n:Credential) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT observation_id IF NOT EXISTS FOR (n:Observation) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT evidence_id IF NOT EXISTS FOR (n:Evidence) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT exclusion_id IF NOT EXISTS FOR (n:Exclusion) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT exclusion_list_name IF NOT EXISTS FOR (n:ExclusionList) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT match_id IF NOT EXISTS FOR (n:Match) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT match_key IF NOT EXISTS FOR (n:Match) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT decision_id IF NOT EXISTS FOR (n:Decision) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT jurisdiction_code IF NOT EXISTS FOR (n:Jurisdiction) REQUIRE n.code IS UNIQUE;
CREATE CONSTRAINT facet_key IF NOT EXISTS FOR (n:Facet) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT directory_name IF NOT EXISTS FOR (n:Directory) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT referral_id IF NOT EXISTS FOR (n:Referral) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT patient_id IF NOT EXISTS FOR (n:Patient) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT attempt_id IF NOT EXISTS FOR (n:Attempt) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT event_id IF NOT EXISTS FOR (n:Event) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT visit_id IF NOT EXISTS FOR (n:Visit) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT report_id IF NOT EXISTS FOR (n:Report) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT account_id IF NOT EXISTS FOR (n:Account) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT account_token_hash IF NOT EXISTS FOR (n:Account) REQUIRE n.tokenHash IS UNIQUE;
CREATE CONSTRAINT receipt_key IF NOT EXISTS FOR (n:Receipt) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT outbox_id IF NOT EXISTS FOR (n:Outbox) REQUIRE n.id IS UNIQUE;

// Ways in other than a unique key.
CREATE INDEX practitioner_folded_name IF NOT EXISTS FOR (n:Practitioner) ON (n.foldedName);
CREATE INDEX exclusion_npi IF NOT EXISTS FOR (n:Exclusion) ON (n.npi);
CREATE INDEX exclusion_folded_name IF NOT EXISTS FOR (n:Exclusion) ON (n.foldedName);
CREATE INDEX evidence_sha256 IF NOT EXISTS FOR (n:Evidence) ON (n.sha256);
CREATE INDEX referral_status IF NOT EXISTS FOR (n:Referral) ON (n.status);
