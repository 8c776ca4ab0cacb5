-- What another process needs to take a leg over: drachtio's name of the dialog with the far end, and the dialog with FreeSWITCH.

ALTER TABLE legs ADD COLUMN dialog_id TEXT;
ALTER TABLE legs ADD COLUMN media_dialog TEXT CHECK (media_dialog IS NULL OR json_valid(media_dialog));
