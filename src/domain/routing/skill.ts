/**
 * Skills and languages: what a target or an agent can do and how well, what a call needs, and whether the two fit. The need is a
 * tag of the call, from the IVR, the DID or the source. Asked by eligibility for targets and by agent.ts for agents.
 */
import type { CallTags } from '../calls/call-tags.js';

export interface Skill {
  /** Small letters, such as "spanish". */
  readonly skill: string;
  /** 1 to 100; who knows a thing best is rung first. */
  readonly level: number;
}

export interface SkillNeed {
  /** Their value is the skill that a call needs; the first that the call has decides. */
  readonly tags: readonly string[];
  /** What a call needs that has none of the tags; null for nothing. */
  readonly skill: string | null;
  /** Who knows less is rung only once the search has widened. */
  readonly minimumLevel: number;
  /** How long a caller waits for the skilled alone; then anybody will do, the best first. Null is for ever. */
  readonly widenAfterMs: number | null;
}

export interface Fit {
  /** Null when the call needs none: then everybody fits. */
  readonly needed: string | null;
  /** 0 for who lacks it. */
  readonly level: number;
  readonly isSkilled: boolean;
  readonly isWidened: boolean;
}

export function neededSkill({ tags: names, skill }: SkillNeed, tags: CallTags): string | null {
  for (const name of names) {
    const found = tags.get(name)?.trim().toLowerCase();
    if (found !== undefined && found !== '') return found;
  }
  return skill;
}

export function levelOf(skills: readonly Skill[], skill: string): number {
  return skills.find((each) => each.skill === skill)?.level ?? 0;
}

/** Where nobody waits there is nothing to wait for: whoever lacks the skill comes behind those who have it. */
function isWide({ widenAfterMs }: SkillNeed, waitedMs: number | null): boolean {
  return widenAfterMs !== null && (waitedMs === null || waitedMs >= widenAfterMs);
}

/** `waitedMs` is null for a call that waits in no queue. */
export function fitOf(need: SkillNeed, skills: readonly Skill[], tags: CallTags, waitedMs: number | null): Fit {
  const needed = neededSkill(need, tags);
  if (needed === null) return { needed, level: 0, isSkilled: true, isWidened: false };
  const level = levelOf(skills, needed);
  return { needed, level, isSkilled: level >= Math.max(1, need.minimumLevel), isWidened: isWide(need, waitedMs) };
}

export function fits({ isSkilled, isWidened }: Fit): boolean {
  return isSkilled || isWidened;
}

const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;

/** For trace and timeline, such as "spanish at level 30, at least 50 is needed; the caller has waited 4 s of 20 s". */
export function describeFit(
  need: SkillNeed,
  { needed, level, isSkilled, isWidened }: Fit,
  waitedMs: number | null,
): string {
  if (needed === null) return 'the call needs no skill';
  const found = level === 0 ? `lacks the skill ${needed}` : `${needed} at level ${level}`;
  if (isSkilled) return found;
  const asked = level === 0 ? found : `${found}, at least ${need.minimumLevel} is asked for`;
  if (isWidened) {
    const why = waitedMs === null ? 'after those who have it' : `the caller has waited ${seconds(waitedMs)}`;
    return `${asked}; anybody will do now: ${why}`;
  }
  if (need.widenAfterMs === null || waitedMs === null) return asked;
  return `${asked}; the caller has waited ${seconds(waitedMs)} of ${seconds(need.widenAfterMs)}`;
}
