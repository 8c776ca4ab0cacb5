-- How many pings a minute a bidder is sent at most; null for no limit.
ALTER TABLE bidders ADD COLUMN max_pings_per_minute INTEGER CHECK (max_pings_per_minute > 0);
