-- The voicemail of a target, in place of its campaign's; null for none.

ALTER TABLE targets ADD COLUMN voicemail TEXT CHECK (voicemail IS NULL OR json_valid(voicemail));
