-- The key with which a buyer takes a call: digit, time-out and prompt; null joins whoever answers.

ALTER TABLE targets ADD COLUMN accept_key TEXT CHECK (accept_key IS NULL OR json_valid(accept_key));
