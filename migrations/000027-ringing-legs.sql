-- Buyers who ring are legs too: the INVITE's name at drachtio, by which another process cancels it; null once he has answered.

ALTER TABLE legs ADD COLUMN invite_id TEXT;
