-- What must hold of a call for a target to compete for it; null for every call.

ALTER TABLE targets ADD COLUMN condition TEXT CHECK (condition IS NULL OR json_valid(condition));
