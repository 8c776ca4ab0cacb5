-- How long a target talked, for auctions that rank by expected margin. Of dials from before it is not known, and counts as nothing.
ALTER TABLE target_dials ADD COLUMN talk_ms INTEGER NOT NULL DEFAULT 0;
