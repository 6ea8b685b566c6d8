// An open referral of the same author for the same patient and concern is found by this key.
CREATE INDEX referral_duplicate_key IF NOT EXISTS FOR (n:Referral) ON (n.duplicateKey);
