-- Publishers ping: on what terms, under which keys (of which only a hash is kept), and what they were promised. Time is epoch
-- milliseconds, money integer micro-units.

ALTER TABLE sources ADD COLUMN pings TEXT CHECK (pings IS NULL OR json_valid(pings));

CREATE TABLE publisher_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  source_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  pings_per_minute INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

-- call_id is the call that took the promise up.
CREATE TABLE ping_reservations (
  reference TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  did_id TEXT NOT NULL,
  caller_number TEXT,
  signature TEXT,
  tags TEXT NOT NULL CHECK (json_valid(tags)),
  bid_micros INTEGER NOT NULL,
  currency TEXT NOT NULL,
  payout_after_ms INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  offers TEXT NOT NULL CHECK (json_valid(offers)),
  bids TEXT NOT NULL CHECK (json_valid(bids)),
  call_id TEXT
) STRICT;

CREATE INDEX ping_reservations_by_did ON ping_reservations (did_id, expires_at);
CREATE INDEX ping_reservations_by_signature ON ping_reservations (signature, expires_at);
CREATE INDEX ping_reservations_by_call ON ping_reservations (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX ping_reservations_by_age ON ping_reservations (expires_at);
