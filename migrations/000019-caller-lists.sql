-- Callers who are kept out or let in, by the account (subject_id is empty), a campaign or a buyer, and what campaigns ask of callers
-- beyond that. Time is epoch milliseconds. Campaigns of before go on taking every caller as often as he likes.

CREATE TABLE caller_list_entries (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('block', 'allow')),
  level TEXT NOT NULL CHECK (level IN ('account', 'campaign', 'buyer')),
  subject_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  reason TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  expires_at INTEGER,
  UNIQUE (caller, kind, level, subject_id)
) STRICT;

ALTER TABLE buyers ADD COLUMN blocked_callers TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(blocked_callers));
ALTER TABLE campaigns ADD COLUMN anonymous_callers TEXT NOT NULL DEFAULT 'accept' CHECK (anonymous_callers IN ('accept', 'reject'));
ALTER TABLE campaigns ADD COLUMN caller_gap_ms INTEGER NOT NULL DEFAULT 0 CHECK (caller_gap_ms >= 0);
ALTER TABLE campaigns ADD COLUMN automatic_block TEXT CHECK (automatic_block IS NULL OR json_valid(automatic_block));
