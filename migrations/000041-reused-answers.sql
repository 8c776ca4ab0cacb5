-- Bidders that are not asked again for a caller who calls again while their bid stands; null says no.

ALTER TABLE bidders ADD COLUMN reuse_answers INTEGER CHECK (reuse_answers IN (0, 1));
