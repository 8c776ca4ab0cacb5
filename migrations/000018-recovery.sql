-- Buyers who hang up at once: how soon that is, how often the next one is tried, and how many of them a target accepts before it.

ALTER TABLE campaigns ADD COLUMN recovery TEXT CHECK (recovery IS NULL OR json_valid(recovery));
ALTER TABLE targets ADD COLUMN max_earlier_connections INTEGER CHECK (max_earlier_connections >= 0);
