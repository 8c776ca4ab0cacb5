-- What a back-test needs of a call besides its record and its bids: of the decision trace, which is large and read whole, and of the ping
-- that announced it, which is forgotten soon. Calls of before have a trace alone.

CREATE TABLE replay_facts (
  call_id TEXT PRIMARY KEY,
  failed TEXT NOT NULL CHECK (json_valid(failed)),
  barred TEXT NOT NULL CHECK (json_valid(barred)),
  ping_tags TEXT CHECK (ping_tags IS NULL OR json_valid(ping_tags))
) STRICT, WITHOUT ROWID;
