// What was sent lately, from which it is worked out how soon therapists answer.
CREATE INDEX attempt_sent_at IF NOT EXISTS FOR (n:Attempt) ON (n.sentAt);
