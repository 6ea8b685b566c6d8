// An address is told of nothing before whoever reads it has said so. Those that are in use stay in use.
MATCH (e:Endpoint {kind: 'EMAIL'}) WHERE e.codeHash IS NULL AND e.confirmedAt IS NULL AND e.address IS NOT NULL
SET e.confirmedAt = e.createdAt;
CREATE CONSTRAINT endpoint_code_hash IF NOT EXISTS FOR (n:Endpoint) REQUIRE n.codeHash IS UNIQUE;

// Who waits for somebody else is told when that is late, also for what is open already.
MATCH (r:Referral)
WHERE r.status IN ['SENT', 'RECEIVED', 'INFO_REQUESTED', 'ACCEPTED', 'WAITLISTED', 'SCHEDULED', 'NO_SHOW',
    'APPT_CANCELLED', 'HELD_BEFORE_START', 'IN_THERAPY', 'ON_HOLD', 'CANCEL_REQUESTED', 'REPORT_SENT']
  AND r.dueAt IS NOT NULL AND r.wakeAt IS NOT NULL AND r.overdueAt IS NULL
  AND (r.expiresAt IS NULL OR r.expiresAt > r.dueAt)
SET r.overdueAt = r.dueAt, r.wakeAt = CASE WHEN r.dueAt < r.wakeAt THEN r.dueAt ELSE r.wakeAt END;
