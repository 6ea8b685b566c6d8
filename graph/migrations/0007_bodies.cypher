// What one officer proposed waits under a name of its own, so that nobody proposes the same thing twice.
CREATE CONSTRAINT proposal_id IF NOT EXISTS FOR (n:Proposal) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT proposal_open_key IF NOT EXISTS FOR (n:Proposal) REQUIRE n.openKey IS UNIQUE;
CREATE CONSTRAINT review_id IF NOT EXISTS FOR (n:Review) REQUIRE n.id IS UNIQUE;

// What waits for a steward.
CREATE INDEX credential_review_due IF NOT EXISTS FOR (n:Credential) ON (n.reviewDue);
