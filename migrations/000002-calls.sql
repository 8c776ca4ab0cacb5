-- One row a call and what belongs to it. Time is epoch milliseconds, a duration or an offset is milliseconds, money is
-- integer micro-units. A call holds ids of configuration rows without a foreign key: those rows may go, the call stays.

CREATE TABLE calls (
  call_id TEXT PRIMARY KEY,
  state TEXT NOT NULL
    CHECK (state IN ('received', 'refused', 'answered', 'dialing', 'bridged', 'fallback', 'ended')),
  sip_call_id TEXT NOT NULL,
  configuration_version INTEGER NOT NULL,
  trunk_id TEXT,
  did_id TEXT,
  campaign_id TEXT,
  source_id TEXT,
  caller_number TEXT NOT NULL,
  called_number TEXT NOT NULL,
  caller_name TEXT,
  started_at INTEGER NOT NULL,
  answered_at INTEGER,
  bridged_at INTEGER,
  ended_at INTEGER,
  hold_ms INTEGER,
  ring_ms INTEGER,
  talk_ms INTEGER NOT NULL,
  billed_ms INTEGER NOT NULL,
  buyer_id TEXT,
  target_id TEXT,
  price_micros INTEGER,
  payout_micros INTEGER,
  currency TEXT,
  outcome TEXT CHECK (
    outcome IN ('refused', 'cancelled', 'sold', 'connected-unbilled', 'fallback-connected', 'voicemail', 'message',
      'abandoned', 'failed')
  ),
  release_by TEXT CHECK (release_by IN ('caller', 'buyer', 'system')),
  release_cause TEXT,
  release_sip_status INTEGER,
  release_detail TEXT,
  -- 1 once the closing (timeline, trace, bids, ledger) is written: a second closing then changes nothing.
  is_closed INTEGER NOT NULL DEFAULT 0 CHECK (is_closed IN (0, 1))
) STRICT;

CREATE INDEX calls_by_start ON calls (started_at, call_id);
CREATE INDEX calls_unfinished ON calls (started_at, call_id) WHERE state NOT IN ('refused', 'ended');
CREATE INDEX calls_by_caller ON calls (caller_number, started_at);

CREATE TABLE legs (
  leg_id TEXT PRIMARY KEY,
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  side TEXT NOT NULL CHECK (side IN ('a', 'b')),
  target_id TEXT,
  sip_call_id TEXT NOT NULL,
  local_tag TEXT,
  remote_tag TEXT,
  local_uri TEXT NOT NULL,
  remote_uri TEXT NOT NULL,
  remote_contact TEXT,
  route_set TEXT NOT NULL CHECK (json_valid(route_set)),
  local_cseq INTEGER NOT NULL,
  local_sdp TEXT,
  remote_sdp TEXT,
  channel_id TEXT NOT NULL,
  media_server TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('setting-up', 'up', 'ended'))
) STRICT;

CREATE INDEX legs_by_call ON legs (call_id);

CREATE TABLE timeline (
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  step TEXT NOT NULL,
  text TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  PRIMARY KEY (call_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE traces (
  call_id TEXT PRIMARY KEY REFERENCES calls (call_id),
  configuration_version INTEGER NOT NULL,
  candidates TEXT NOT NULL CHECK (json_valid(candidates)),
  winner_target_id TEXT,
  summary TEXT NOT NULL
) STRICT;

CREATE TABLE bids (
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  sequence INTEGER NOT NULL,
  bidder_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  detail TEXT NOT NULL,
  amount_micros INTEGER,
  latency_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (call_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE recordings (
  id TEXT PRIMARY KEY,
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  kind TEXT NOT NULL CHECK (kind IN ('call', 'voicemail')),
  state TEXT NOT NULL CHECK (state IN ('recording', 'ready', 'lost')),
  wav_path TEXT,
  mp3_path TEXT,
  started_at INTEGER NOT NULL,
  duration_ms INTEGER,
  channels INTEGER NOT NULL CHECK (channels IN (1, 2)),
  levels TEXT NOT NULL CHECK (json_valid(levels)),
  sha256 TEXT,
  lost_reason TEXT
) STRICT;

CREATE INDEX recordings_by_call ON recordings (call_id);

CREATE TABLE ledger_entries (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  kind TEXT NOT NULL CHECK (kind IN ('buyer-charge', 'source-payout')),
  account_id TEXT NOT NULL,
  amount_micros INTEGER NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX ledger_entries_by_call ON ledger_entries (call_id);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, at);

-- Entries are only ever added: a correction is a new entry that reverses an old one.
CREATE TRIGGER ledger_entries_stay BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed'); END;

CREATE TRIGGER ledger_entries_are_kept BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'a ledger entry is never deleted'); END;
