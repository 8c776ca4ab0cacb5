-- Carriers' profiles: a trunk names one and keeps what the admin set himself, so that everything else follows the profile that a later
-- version ships. Trunks of before had set all there was to set. What the carrier says of the caller stands with the call.

ALTER TABLE trunks ADD COLUMN profile TEXT NOT NULL DEFAULT 'generic' CHECK (profile IN ('generic', 'telnyx', 'twilio'));
ALTER TABLE trunks ADD COLUMN overrides TEXT NOT NULL DEFAULT '["sourceCidrs","gateways","callerId"]' CHECK (json_valid(overrides));
ALTER TABLE trunks ADD COLUMN settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings));

ALTER TABLE calls ADD COLUMN verstat TEXT;
ALTER TABLE calls ADD COLUMN is_caller_private INTEGER NOT NULL DEFAULT 0 CHECK (is_caller_private IN (0, 1));
