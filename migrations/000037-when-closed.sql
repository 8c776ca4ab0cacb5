-- What callers hear who come outside the hours of campaign or source, or beyond their caps.

ALTER TABLE campaigns ADD COLUMN when_closed TEXT CHECK (when_closed IS NULL OR json_valid(when_closed));
