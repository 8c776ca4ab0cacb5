-- Skills of targets; agents are away as everything else is paused, and are chosen by the skill that a call needs.

ALTER TABLE targets ADD COLUMN skills TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(skills));

ALTER TABLE agents ADD COLUMN pause TEXT CHECK (pause IS NULL OR json_valid(pause));
UPDATE agents
SET pause = json_object('reason', coalesce(away_reason, ''), 'by', 'an admin', 'at', NULL, 'until', NULL)
WHERE is_away = 1;
ALTER TABLE agents DROP COLUMN is_away;
ALTER TABLE agents DROP COLUMN away_reason;

UPDATE campaigns
SET agents = json_remove(
  json_set(
    agents,
    '$.order', 'best-skilled',
    '$.need', CASE
      WHEN json_extract(agents, '$.skill') IS NULL THEN NULL
      ELSE json_object(
        'tags', json('[]'), 'skill', json_extract(agents, '$.skill'), 'minimumLevel', 1, 'widenAfterMs', NULL
      )
    END
  ),
  '$.skill'
)
WHERE agents IS NOT NULL;
