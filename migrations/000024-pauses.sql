-- Who is away, why, since when, until when and by whom; null is nobody.

ALTER TABLE dids ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
ALTER TABLE sources ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
ALTER TABLE campaigns ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
ALTER TABLE buyers ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
ALTER TABLE targets ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
