-- What callers hear while they wait, and queues that are left by a key; queues of flows and agents that were saved before have none.

ALTER TABLE campaigns ADD COLUMN hold_prompt TEXT CHECK (hold_prompt IS NULL OR json_valid(hold_prompt));

UPDATE campaigns SET agents = json_set(agents, '$.queue', NULL) WHERE agents IS NOT NULL;

UPDATE flows
SET nodes = (
  SELECT json_group_object(
    key,
    CASE json_extract(value, '$.kind')
      WHEN 'queue' THEN json_set(value, '$.leaveKey', NULL, '$.onLeave', json_extract(value, '$.onTimeout'))
      ELSE json(value)
    END
  )
  FROM json_each(flows.nodes)
)
WHERE nodes <> '{}';
