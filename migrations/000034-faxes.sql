-- Fax lines, and the faxes that came in on them.

ALTER TABLE dids ADD COLUMN fax TEXT CHECK (fax IS NULL OR json_valid(fax));

CREATE TABLE faxes (
  id TEXT PRIMARY KEY,
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  did_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('receiving', 'received', 'failed')),
  started_at INTEGER NOT NULL,
  caller_number TEXT NOT NULL,
  sender_station TEXT NOT NULL,
  pages INTEGER NOT NULL,
  rate INTEGER,
  is_t38 INTEGER NOT NULL,
  tiff_path TEXT,
  pdf_path TEXT,
  failure TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX faxes_unfinished ON faxes (id) WHERE state = 'receiving';
