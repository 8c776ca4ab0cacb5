-- Caps of targets, buyers, campaigns and sources, and what calls have used of them. A window is numbered as the domain
-- numbers it; amounts are calls, or integer micro-units for revenue. Written in the transaction that closes a call, so
-- that each call counts once.

ALTER TABLE targets ADD COLUMN caps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caps));
ALTER TABLE buyers ADD COLUMN caps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caps));
ALTER TABLE campaigns ADD COLUMN caps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caps));
ALTER TABLE sources ADD COLUMN caps TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caps));

CREATE TABLE cap_uses (
  key TEXT NOT NULL,
  window_number INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (key, window_number)
) STRICT, WITHOUT ROWID;
