-- Shared calendars of dates that differ from the week, named by schedules, and the hours of sources.

CREATE TABLE calendars (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  days TEXT NOT NULL CHECK (json_valid(days))
) STRICT;

ALTER TABLE sources ADD COLUMN schedule TEXT CHECK (schedule IS NULL OR json_valid(schedule));
