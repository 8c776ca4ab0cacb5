-- Voicemails go to the webhook of their campaign: one row each, written with the end of the call.

ALTER TABLE campaigns ADD COLUMN voicemail_webhook TEXT
  CHECK (voicemail_webhook IS NULL OR json_valid(voicemail_webhook));

CREATE TABLE deliveries (
  recording_id TEXT PRIMARY KEY,
  call_id TEXT NOT NULL REFERENCES calls (call_id),
  campaign_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  detail TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
