-- Uploads in parts of any order beside tus, and uploads that were given up and wait for the sweep.

ALTER TABLE uploads ADD COLUMN way TEXT CHECK (way IN ('tus', 'parts'));
ALTER TABLE uploads ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
UPDATE uploads SET way = 'tus' WHERE offset > 0;

-- `pieces` is a set of bits: bit k is piece k of the part. `sha256` is there once the part is whole.
CREATE TABLE parts (
  upload BLOB NOT NULL REFERENCES uploads (upload) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  pieces INTEGER NOT NULL,
  sha256 BLOB CHECK (sha256 IS NULL OR length(sha256) = 32),
  PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

-- Whether a channel has the same film already.
CREATE INDEX versions_hash ON versions (sha256) WHERE sha256 IS NOT NULL;
