-- Routing plans: as they are published, every version that ever was, and what is being worked on. A tree travels as JSON. Time is
-- epoch milliseconds.

CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  root TEXT NOT NULL CHECK (json_valid(root))
) STRICT;

ALTER TABLE campaigns ADD COLUMN plan_id TEXT;

CREATE TABLE plan_versions (
  plan_id TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  name TEXT NOT NULL,
  root TEXT NOT NULL CHECK (json_valid(root)),
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL,
  PRIMARY KEY (plan_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_drafts (
  plan_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  root TEXT NOT NULL CHECK (json_valid(root)),
  revision TEXT NOT NULL,
  based_on INTEGER NOT NULL,
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  publish_at INTEGER,
  failure TEXT
) STRICT, WITHOUT ROWID;
