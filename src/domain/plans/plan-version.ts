/**
 * Versions of a plan: what is published gets a number of its own when it differs from what was published before, and the same
 * number when it does not, so that applying a file twice makes no version.
 */
import type { Plan } from './plan.js';

/** One publication; it is never changed. */
export interface PlanVersion {
  readonly plan: Plan;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly publishedAt: number;
  /** For people: the name of the API key, or how else it came. */
  readonly publishedBy: string;
}

/** What is being worked on, beside what is published. */
export interface PlanDraft {
  /** With version 0. */
  readonly plan: Plan;
  /** Another one with each change; the draft's entity tag. */
  readonly revision: string;
  /** The version that it was begun from; 0 when there was none. */
  readonly basedOn: number;
  readonly savedAt: number;
  readonly savedBy: string;
  /** When it is to be published by itself; null when somebody has to say so. */
  readonly publishAt: number | null;
  /** Why it could not be published when its time had come; null when nothing is wrong. */
  readonly failure: string | null;
}

export function isSamePlan(left: Plan, right: Plan): boolean {
  return left.name === right.name && JSON.stringify(left.root) === JSON.stringify(right.root);
}

/** `current` is what is published now, `lastVersion` the highest number that was ever given; 0 when there was none. */
export function publishedAs(put: Plan, current: Plan | null, lastVersion: number): Plan {
  if (current !== null && isSamePlan(current, put)) return { ...put, version: current.version };
  return { ...put, version: lastVersion + 1 };
}
