-- Whom a caller has been connected with, campaign by campaign and target by target, and when that was last billed: what decides
-- over duplicates. One row for all calls of the three, clustered by caller, so that a look-up is one short range. Written in
-- the transaction of the call that makes the contact; nothing stands here of callers who withhold their number.

CREATE TABLE caller_contacts (
  caller_number TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  buyer_id TEXT NOT NULL,
  first_connected_at INTEGER NOT NULL,
  last_connected_at INTEGER NOT NULL,
  last_converted_at INTEGER,
  PRIMARY KEY (caller_number, campaign_id, target_id)
) STRICT, WITHOUT ROWID;

INSERT INTO caller_contacts
SELECT caller_number, campaign_id, target_id, max(buyer_id), min(bridged_at), max(bridged_at),
  max(CASE WHEN outcome = 'sold' THEN bridged_at END)
FROM calls
WHERE bridged_at IS NOT NULL AND campaign_id IS NOT NULL AND target_id IS NOT NULL AND buyer_id IS NOT NULL
  AND is_caller_private = 0 AND caller_number GLOB '+[1-9]*'
GROUP BY caller_number, campaign_id, target_id;

ALTER TABLE calls ADD COLUMN is_repeat INTEGER NOT NULL DEFAULT 0 CHECK (is_repeat IN (0, 1));
ALTER TABLE calls ADD COLUMN is_duplicate INTEGER NOT NULL DEFAULT 0 CHECK (is_duplicate IN (0, 1));

ALTER TABLE targets ADD COLUMN duplicates TEXT CHECK (duplicates IS NULL OR json_valid(duplicates));
ALTER TABLE buyers ADD COLUMN duplicates TEXT CHECK (duplicates IS NULL OR json_valid(duplicates));
ALTER TABLE campaigns ADD COLUMN duplicates TEXT CHECK (duplicates IS NULL OR json_valid(duplicates));
-- Campaigns of before go on paying for every conversion.
ALTER TABLE campaigns ADD COLUMN payout_once_days INTEGER NOT NULL DEFAULT 0 CHECK (payout_once_days >= 0);
