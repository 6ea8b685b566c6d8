// Threads and attachments.
CREATE CONSTRAINT message_id IF NOT EXISTS FOR (n:Message) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT attachment_id IF NOT EXISTS FOR (n:Attachment) REQUIRE n.id IS UNIQUE;

// Which files are in use, and what still waits for a scanner.
CREATE INDEX attachment_sha256 IF NOT EXISTS FOR (n:Attachment) ON (n.sha256);
CREATE INDEX attachment_state IF NOT EXISTS FOR (n:Attachment) ON (n.state);
