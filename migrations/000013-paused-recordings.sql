-- With which keys a buyer pauses the recording, and who has paused that of a call; null for none.

ALTER TABLE campaigns ADD COLUMN recording_keys TEXT;
ALTER TABLE continuations ADD COLUMN paused_by TEXT;
