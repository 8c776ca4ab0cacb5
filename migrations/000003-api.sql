-- Keys of the REST API, of which only a hash is kept, and what was answered to requests with an Idempotency-Key. Time is
-- epoch milliseconds.

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  scopes TEXT NOT NULL CHECK (json_valid(scopes)),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;

-- status is null while the first request is in progress.
CREATE TABLE idempotent_requests (
  api_key_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  status INTEGER,
  body TEXT,
  headers TEXT CHECK (headers IS NULL OR json_valid(headers)),
  PRIMARY KEY (api_key_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotent_requests_by_age ON idempotent_requests (begun_at);
