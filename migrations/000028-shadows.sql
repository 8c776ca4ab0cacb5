-- Plans that run beside live calls: each run with its tree as it was at the start, and what it chose for each call. Which bidders may be
-- asked for it. Time is epoch milliseconds.

ALTER TABLE bidders ADD COLUMN allows_shadow_pings INTEGER NOT NULL DEFAULT 0 CHECK (allows_shadow_pings IN (0, 1));

CREATE TABLE shadow_runs (
  id TEXT PRIMARY KEY,
  plan TEXT NOT NULL CHECK (json_valid(plan)),
  campaign_id TEXT,
  calls_wanted INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  started_by TEXT NOT NULL,
  stopped_at INTEGER,
  stopped_by TEXT
) STRICT, WITHOUT ROWID;

-- The trace stands last: SQLite reads the short columns without it.
CREATE TABLE shadow_choices (
  run_id TEXT NOT NULL,
  call_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  chosen_from TEXT CHECK (chosen_from IS NULL OR json_valid(chosen_from)),
  chosen_to TEXT CHECK (chosen_to IS NULL OR json_valid(chosen_to)),
  replay TEXT CHECK (replay IS NULL OR json_valid(replay)),
  failed TEXT NOT NULL CHECK (json_valid(failed)),
  asked INTEGER NOT NULL,
  trace TEXT CHECK (trace IS NULL OR json_valid(trace)),
  UNIQUE (run_id, call_id)
) STRICT;

CREATE INDEX shadow_choices_by_start ON shadow_choices (run_id, started_at, call_id);
CREATE INDEX shadow_choices_by_call ON shadow_choices (call_id);
