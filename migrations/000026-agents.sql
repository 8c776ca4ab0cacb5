-- People who talk to callers before they are sold, and how a campaign's calls go through them; null when they are sold at once.

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  destination TEXT NOT NULL CHECK (json_valid(destination)),
  trunk_id TEXT,
  skills TEXT NOT NULL CHECK (json_valid(skills)),
  is_away INTEGER NOT NULL CHECK (is_away IN (0, 1)),
  away_reason TEXT,
  ring_timeout_ms INTEGER NOT NULL
) STRICT;

ALTER TABLE campaigns ADD COLUMN agents TEXT CHECK (agents IS NULL OR json_valid(agents));
ALTER TABLE continuations ADD COLUMN agent TEXT CHECK (agent IS NULL OR json_valid(agent));
