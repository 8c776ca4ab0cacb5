-- What a call needs to be carried on by another process, and which process serves the calls of this database.

CREATE TABLE continuations (
  call_id TEXT PRIMARY KEY REFERENCES calls (call_id),
  agreement TEXT CHECK (json_valid(agreement)),
  foreseen TEXT CHECK (json_valid(foreseen)),
  caps TEXT NOT NULL CHECK (json_valid(caps))
) STRICT, WITHOUT ROWID;

CREATE INDEX recordings_unfinished ON recordings (call_id) WHERE state = 'recording';

-- One row: the process that may write calls. `fence` grows with each holder, so that one who lost it can be told apart.
CREATE TABLE process_lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fence INTEGER NOT NULL,
  holder TEXT CHECK (json_valid(holder)),
  beat_at INTEGER NOT NULL
) STRICT;

INSERT INTO process_lease (id, fence, holder, beat_at) VALUES (1, 0, NULL, 0);
