-- Whether callers whom a campaign has sold before go to the same target again.

ALTER TABLE campaigns ADD COLUMN same_buyer TEXT NOT NULL DEFAULT '{"mode":"normal","days":30}' CHECK (json_valid(same_buyer));
