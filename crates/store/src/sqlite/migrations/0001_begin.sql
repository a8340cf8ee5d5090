-- The first schema. Times are Unix microseconds, ids 16 bytes. See sqlite/schema.rs for the rules of change.

-- The truth: one row per event (law 3: gap-free per channel; law 5: an operation once per channel, for ever).
CREATE TABLE events (
  channel BLOB NOT NULL CHECK (length(channel) = 16),
  seq     INTEGER NOT NULL CHECK (seq >= 1),
  op      BLOB NOT NULL CHECK (length(op) = 16),
  at      INTEGER NOT NULL,
  actor   BLOB CHECK (actor IS NULL OR length(actor) = 16),
  version INTEGER NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (channel, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX events_op ON events (channel, op);

-- Where each log stands: what an append compares and sets (law 4).
CREATE TABLE heads (
  channel BLOB PRIMARY KEY NOT NULL CHECK (length(channel) = 16),
  epoch   INTEGER NOT NULL,
  head    INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
  channel BLOB PRIMARY KEY NOT NULL,
  epoch   INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  bytes   BLOB NOT NULL
) STRICT;

-- Derived from events, in the event's transaction; rebuilt by `genlock fsck --rebuild`.
CREATE TABLE channels (
  channel         BLOB PRIMARY KEY NOT NULL,
  name            TEXT NOT NULL,
  visibility      TEXT NOT NULL,
  members         INTEGER NOT NULL,
  playing_video   BLOB,
  playing_version BLOB,
  playing_moves   INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX channels_visibility ON channels (visibility);

CREATE TABLE members (
  channel   BLOB NOT NULL,
  person    BLOB NOT NULL,
  name      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  role      TEXT NOT NULL,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (channel, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_person ON members (person);

CREATE TABLE messages (
  channel BLOB NOT NULL,
  seq     INTEGER NOT NULL,
  op      BLOB NOT NULL,
  at      INTEGER NOT NULL,
  author  BLOB NOT NULL,
  text    TEXT NOT NULL,
  version BLOB,
  frame   INTEGER,
  PRIMARY KEY (channel, seq)
) STRICT, WITHOUT ROWID;

-- People and what opens doors. Tokens are kept as SHA-256 only.
CREATE TABLE people (
  person         BLOB PRIMARY KEY NOT NULL CHECK (length(person) = 16),
  name           TEXT NOT NULL,
  kind           TEXT NOT NULL,
  email          TEXT UNIQUE,
  password_hash  TEXT,
  instance_owner INTEGER NOT NULL,
  created_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX people_owner ON people (instance_owner) WHERE instance_owner = 1;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY NOT NULL CHECK (length(token_hash) = 32),
  person     BLOB NOT NULL REFERENCES people (person) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE settings (
  key   TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
  serial     INTEGER PRIMARY KEY,
  invite     BLOB NOT NULL UNIQUE CHECK (length(invite) = 16),
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  channel    BLOB NOT NULL,
  role       TEXT NOT NULL,
  uses_max   INTEGER,
  uses       INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  revoked    INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_channel ON invites (channel);

-- The library.
CREATE TABLE videos (
  video      BLOB PRIMARY KEY NOT NULL CHECK (length(video) = 16),
  channel    BLOB NOT NULL,
  title      TEXT NOT NULL,
  added_by   BLOB,
  added_at   INTEGER NOT NULL,
  removed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX videos_channel ON videos (channel, added_at, video) WHERE removed_at IS NULL;
CREATE INDEX videos_removed ON videos (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE versions (
  version        BLOB PRIMARY KEY NOT NULL CHECK (length(version) = 16),
  video          BLOB NOT NULL REFERENCES videos (video) ON DELETE CASCADE,
  number         INTEGER NOT NULL,
  state          TEXT NOT NULL,
  filename       TEXT NOT NULL,
  bytes          INTEGER NOT NULL,
  sha256         BLOB,
  rate_num       INTEGER,
  rate_den       INTEGER,
  frames         INTEGER,
  facts          TEXT,
  plan           TEXT,
  failure_code   INTEGER,
  failure_detail TEXT,
  created_at     INTEGER NOT NULL,
  UNIQUE (video, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  upload     BLOB PRIMARY KEY NOT NULL CHECK (length(upload) = 16),
  version    BLOB NOT NULL UNIQUE REFERENCES versions (version) ON DELETE CASCADE,
  channel    BLOB NOT NULL,
  person     BLOB NOT NULL,
  bytes      INTEGER NOT NULL,
  offset     INTEGER NOT NULL,
  metadata   TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  complete   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_open ON uploads (expires_at) WHERE complete = 0;

-- Work. `cancelled_by` names the dead job that took this one along, so that a retry brings both back.
CREATE TABLE jobs (
  serial       INTEGER PRIMARY KEY,
  job          BLOB NOT NULL UNIQUE CHECK (length(job) = 16),
  kind         TEXT NOT NULL,
  version      BLOB,
  key          TEXT NOT NULL,
  spec         TEXT NOT NULL,
  priority     INTEGER NOT NULL,
  weight       INTEGER NOT NULL,
  run_at       INTEGER NOT NULL,
  after_kinds  TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead', 'cancelled')),
  attempts     INTEGER NOT NULL DEFAULT 0,
  token        INTEGER NOT NULL DEFAULT 0,
  lease_until  INTEGER,
  runner       TEXT,
  reason       TEXT,
  code         INTEGER,
  cancelled_by BLOB
) STRICT;
CREATE UNIQUE INDEX jobs_key ON jobs (ifnull(version, x''), key);
CREATE INDEX jobs_version ON jobs (version, kind, state);
CREATE INDEX jobs_waiting ON jobs (priority DESC, run_at, serial) WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_cancelled_by ON jobs (cancelled_by) WHERE cancelled_by IS NOT NULL;
