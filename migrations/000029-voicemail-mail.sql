-- Voicemails go by mail as well: what is owed is one row for each item and way.

ALTER TABLE campaigns ADD COLUMN voicemail_mail TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(voicemail_mail));

CREATE TABLE deliveries_by_way (
  item_id TEXT NOT NULL,
  item TEXT NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('webhook', 'mail')),
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  campaign_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  detail TEXT,
  PRIMARY KEY (item_id, way)
) STRICT, WITHOUT ROWID;

INSERT INTO deliveries_by_way (item_id, item, way, call_id, campaign_id, state, attempts, due_at, detail)
  SELECT recording_id, 'voicemail', 'webhook', call_id, campaign_id, state, attempts, due_at, detail FROM deliveries;

DROP TABLE deliveries;
ALTER TABLE deliveries_by_way RENAME TO deliveries;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
