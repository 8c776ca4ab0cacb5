/** Skills of targets and agents, and the skill that a call needs, as a configuration file has them. docs/plans.md explains them. */
import Type, { type Static } from 'typebox';
import type { Skill, SkillNeed } from '../../domain/routing/skill.js';
import { milliseconds, orNull, wholeNumber } from './field.js';

const LEVEL = 50;
const TAGS = ['ivr.skill', 'did.skill', 'source.skill'];
const WIDEN_AFTER_MS = 30_000;

export const SKILL = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,39}$',
  description: 'a skill such as "spanish": small letters, digits, _ and -, at most 40',
});

export const SKILLS = Type.Optional(
  Type.Refine(
    Type.Array(Type.Object({ skill: SKILL, level: Type.Optional(wholeNumber(1, 100)) }), {
      maxItems: 50,
      description: 'a list of skills such as {"skill": "spanish", "level": 80}, each once',
    }),
    (skills) => new Set(skills.map(({ skill }) => skill)).size === skills.length,
  ),
);

const NEED = Type.Object(
  {
    tags: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(ivr|did|source|ping|caller|call)\\.[a-z][a-z0-9_]{0,39}$',
          description: 'a tag such as "ivr.language"',
        }),
        { maxItems: 10, description: 'a list of tags such as "ivr.language"' },
      ),
    ),
    skill: orNull(SKILL),
    minimumLevel: Type.Optional(wholeNumber(1, 100)),
    widenAfterMs: orNull(milliseconds(0, 3_600_000)),
  },
  { description: 'which skill a call needs, with tags, skill, minimumLevel and widenAfterMs' },
);

export const SKILL_NEED = orNull(NEED);

export type NeedEntry = Static<typeof NEED>;

export function skillsOf(entry: Static<typeof SKILLS> | undefined): readonly Skill[] {
  return (entry ?? []).map(({ skill, level = LEVEL }) => ({ skill, level }));
}

export function skillNeedOf({ tags = TAGS, skill = null, minimumLevel = 1, widenAfterMs }: NeedEntry): SkillNeed {
  return { tags, skill, minimumLevel, widenAfterMs: widenAfterMs === undefined ? WIDEN_AFTER_MS : widenAfterMs };
}
