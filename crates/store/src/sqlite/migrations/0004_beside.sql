-- What stands beside picture and sound: loudness, a poster of choice, captions.

ALTER TABLE versions ADD COLUMN loudness TEXT;
ALTER TABLE versions ADD COLUMN poster_frame INTEGER;

CREATE TABLE captions (
  caption    BLOB PRIMARY KEY NOT NULL CHECK (length(caption) = 16),
  version    BLOB NOT NULL REFERENCES versions (version) ON DELETE CASCADE,
  language   TEXT,
  label      TEXT NOT NULL,
  is_default INTEGER NOT NULL,
  stream     INTEGER,
  cues       INTEGER NOT NULL,
  added_by   BLOB,
  added_at   INTEGER NOT NULL,
  removed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX captions_version ON captions (version);
CREATE INDEX captions_removed ON captions (removed_at) WHERE removed_at IS NOT NULL;
