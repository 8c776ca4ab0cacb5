-- How often a prompt is heard, one time after the other.

ALTER TABLE prompts ADD COLUMN plays INTEGER NOT NULL DEFAULT 1 CHECK (plays BETWEEN 1 AND 10);
