-- What an admin edits, one row a noun. Columns are what is searched or joined; closed unions and lists of the domain
-- travel as JSON. References are checked to the field before a document comes here, and across rows that stay, so
-- there are no foreign keys among these tables. Money is integer micro-units, time epoch milliseconds.

CREATE TABLE configuration_version (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version INTEGER NOT NULL CHECK (version >= 0),
  changed_at INTEGER NOT NULL
) STRICT;

INSERT INTO configuration_version (only_row, version, changed_at) VALUES (1, 0, 0);

CREATE TABLE trunks (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  source_cidrs TEXT NOT NULL CHECK (json_valid(source_cidrs)),
  gateways TEXT NOT NULL CHECK (json_valid(gateways)),
  default_country TEXT NOT NULL,
  credentials TEXT CHECK (credentials IS NULL OR json_valid(credentials)),
  caller_id TEXT NOT NULL CHECK (json_valid(caller_id)),
  max_inbound_calls INTEGER CHECK (max_inbound_calls >= 0),
  max_outbound_calls INTEGER CHECK (max_outbound_calls >= 0)
) STRICT;

CREATE TABLE sources (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  allows_recording INTEGER NOT NULL CHECK (allows_recording IN (0, 1)),
  payout TEXT NOT NULL CHECK (json_valid(payout)),
  payout_after_ms INTEGER NOT NULL CHECK (payout_after_ms >= 0),
  max_calls INTEGER CHECK (max_calls >= 0)
) STRICT;

CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  schedule TEXT CHECK (schedule IS NULL OR json_valid(schedule)),
  target_ids TEXT NOT NULL CHECK (json_valid(target_ids)),
  consent_prompt_id TEXT,
  greeting_prompt_id TEXT,
  hold_music_prompt_id TEXT NOT NULL,
  ending_prompt_id TEXT,
  apology_prompt_id TEXT,
  recording TEXT NOT NULL CHECK (recording IN ('off', 'from-bridge', 'from-answer')),
  auction_deadline_ms INTEGER NOT NULL CHECK (auction_deadline_ms > 0),
  minimum_bid_micros INTEGER NOT NULL CHECK (minimum_bid_micros >= 0),
  max_hold_ms INTEGER NOT NULL CHECK (max_hold_ms > 0),
  blocked_callers TEXT NOT NULL CHECK (json_valid(blocked_callers)),
  fallback TEXT NOT NULL CHECK (json_valid(fallback)),
  max_calls INTEGER CHECK (max_calls >= 0)
) STRICT;

CREATE TABLE dids (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  campaign_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1))
) STRICT;

CREATE TABLE buyers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  max_calls INTEGER CHECK (max_calls >= 0)
) STRICT;

CREATE TABLE bidders (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  dialect TEXT NOT NULL CHECK (json_valid(dialect)),
  ping_timeout_ms INTEGER NOT NULL CHECK (ping_timeout_ms > 0),
  post_timeout_ms INTEGER NOT NULL CHECK (post_timeout_ms > 0),
  maximum_bid_micros INTEGER CHECK (maximum_bid_micros >= 0),
  bid_lifetime_ms INTEGER NOT NULL CHECK (bid_lifetime_ms > 0)
) STRICT;

CREATE TABLE targets (
  id TEXT PRIMARY KEY,
  buyer_id TEXT NOT NULL,
  name TEXT NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  pricing TEXT NOT NULL CHECK (json_valid(pricing)),
  destination TEXT CHECK (destination IS NULL OR json_valid(destination)),
  trunk_id TEXT,
  priority INTEGER NOT NULL,
  weight INTEGER NOT NULL CHECK (weight >= 0),
  schedule TEXT CHECK (schedule IS NULL OR json_valid(schedule)),
  max_calls INTEGER CHECK (max_calls >= 0),
  ring_timeout_ms INTEGER NOT NULL CHECK (ring_timeout_ms > 0),
  bill_after_ms INTEGER NOT NULL CHECK (bill_after_ms >= 0),
  whisper_prompt_id TEXT
) STRICT;

CREATE INDEX targets_by_buyer ON targets (buyer_id);

CREATE TABLE prompts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'file')),
  text TEXT,
  voice TEXT,
  path TEXT,
  CHECK ((kind = 'text' AND text IS NOT NULL AND voice IS NOT NULL) OR (kind = 'file' AND path IS NOT NULL))
) STRICT;
