-- Runners of their own: how often a job failed with a word (the other claims vanished), and tokens of programs.
ALTER TABLE jobs ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_state ON jobs (state, serial);

-- Secrets are kept as SHA-256 only.
CREATE TABLE tokens (
  serial     INTEGER PRIMARY KEY,
  token      BLOB NOT NULL UNIQUE CHECK (length(token) = 16),
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  person     BLOB NOT NULL REFERENCES people (person) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  scope      TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
