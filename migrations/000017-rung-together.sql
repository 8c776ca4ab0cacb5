-- How long the best may be silent before the next best is rung beside him; null for never.

ALTER TABLE campaigns ADD COLUMN hedge_after_ms INTEGER CHECK (hedge_after_ms IS NULL OR hedge_after_ms > 0);

-- Several may be rung at once, each on terms of his own.

ALTER TABLE continuations RENAME COLUMN agreement TO agreements;

UPDATE continuations SET agreements = CASE WHEN agreements IS NULL THEN '[]' ELSE json_array(json(agreements)) END;
