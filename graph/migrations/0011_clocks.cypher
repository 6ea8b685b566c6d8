// Which referral the network has to look at next.
CREATE INDEX referral_wake_at IF NOT EXISTS FOR (n:Referral) ON (n.wakeAt);
