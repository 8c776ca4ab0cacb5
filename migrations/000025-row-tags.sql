-- What an admin says of every call to a number or from a source.

ALTER TABLE dids ADD COLUMN tags TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(tags));
ALTER TABLE sources ADD COLUMN tags TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(tags));
