/** What the walk of a plan is given of its call, and of the calls before it. */

import type { CallTerms } from '../bidding/margin.js';
import type { Check } from '../routing/decision-trace.js';
import type { Moment } from '../routing/eligibility.js';
import type { CourseGroup } from './plan-course.js';
import type { PlanMemory } from './plan-memory.js';

export interface WalkGround {
  /** Asked anew for each move that comes to a group. */
  readonly moment: () => Moment;
  /** Of a walk that follows another one: the moment at which that one came to a group; null for one to which it did not come. */
  readonly momentOf?: (course: CourseGroup) => Moment | null;
  readonly memory: PlanMemory;
  readonly sourceId: string;
  /** None: a call that costs nothing. */
  readonly terms?: CallTerms;
  /** By target, those that an earlier walk of the call has used up, and how: they are neither asked nor rung. */
  readonly spent?: ReadonlyMap<string, Check>;
  /** Numbers from 0 to 1, exclusive. */
  readonly random: () => number;
}
