-- What calls leave of the plans that they walked: the plan's version with the call, groups in the trace, one row for each target that
-- was dialled, and whose turn it was last. Written in the transaction that closes a call, but for the turns.

ALTER TABLE calls ADD COLUMN plan_id TEXT;
ALTER TABLE calls ADD COLUMN plan_version INTEGER;
ALTER TABLE traces ADD COLUMN plan TEXT CHECK (plan IS NULL OR json_valid(plan));

CREATE TABLE target_dials (
  target_id TEXT NOT NULL,
  buyer_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  is_connected INTEGER NOT NULL CHECK (is_connected IN (0, 1)),
  revenue_micros INTEGER NOT NULL
) STRICT;

CREATE INDEX target_dials_by_target ON target_dials (target_id, ended_at);

CREATE TABLE plan_turns (
  group_key TEXT NOT NULL,
  member_key TEXT NOT NULL,
  turn INTEGER NOT NULL,
  PRIMARY KEY (group_key, member_key)
) STRICT, WITHOUT ROWID;
