-- What callers are asked before their call is sold, and how far each has come.

CREATE TABLE flows (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  start TEXT NOT NULL,
  nodes TEXT NOT NULL CHECK (json_valid(nodes))
) STRICT;

ALTER TABLE campaigns ADD COLUMN flow_id TEXT;

ALTER TABLE calls ADD COLUMN flow TEXT CHECK (flow IS NULL OR json_valid(flow));
