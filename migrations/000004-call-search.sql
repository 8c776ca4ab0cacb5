-- Indexes of the call log's search, each in the order of its pages: newest first, the id within one millisecond. What is
-- set late in a call, or never, stands in a partial index, so that a call that begins writes none of them.

DROP INDEX calls_by_caller;
CREATE INDEX calls_by_caller ON calls (caller_number, started_at, call_id);
CREATE INDEX calls_by_campaign ON calls (campaign_id, started_at, call_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX calls_by_source ON calls (source_id, started_at, call_id) WHERE source_id IS NOT NULL;
CREATE INDEX calls_by_did ON calls (did_id, started_at, call_id) WHERE did_id IS NOT NULL;
CREATE INDEX calls_by_trunk ON calls (trunk_id, started_at, call_id) WHERE trunk_id IS NOT NULL;
CREATE INDEX calls_by_buyer ON calls (buyer_id, started_at, call_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX calls_by_target ON calls (target_id, started_at, call_id) WHERE target_id IS NOT NULL;
CREATE INDEX calls_by_outcome ON calls (outcome, started_at, call_id) WHERE outcome IS NOT NULL;
CREATE INDEX calls_refused ON calls (started_at, call_id) WHERE state = 'refused';
