-- Limits of concurrent calls by the hour, and whose consent a recording needs.

ALTER TABLE targets ADD COLUMN concurrency TEXT CHECK (concurrency IS NULL OR json_valid(concurrency));
ALTER TABLE buyers ADD COLUMN concurrency TEXT CHECK (concurrency IS NULL OR json_valid(concurrency));
ALTER TABLE campaigns ADD COLUMN consent TEXT CHECK (consent IS NULL OR json_valid(consent));
