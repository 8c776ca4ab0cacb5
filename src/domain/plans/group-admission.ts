/**
 * Whether a call may come into a group of a plan now, asked twice of the same values: as a yes or no for the walk, and as
 * checks with the values compared for the decision trace.
 */
import { describeCap, fits } from '../routing/cap.js';
import { maxCallsAt } from '../routing/concurrency-grid.js';
import { describeCondition, describeTags, holds } from '../routing/condition.js';
import type { Check } from '../routing/decision-trace.js';
import { check, type Moment } from '../routing/eligibility.js';
import { meterNumbers } from '../routing/name-numbers.js';
import { describeMoment, isOpenAt } from '../routing/schedule.js';
import type { CourseGroup } from './plan-course.js';

/** What the call would use of a cap at least; a price is known only when a target is dialled. */
const LEAST_USE = 1;

export function mayEnter(course: CourseGroup, moment: Moment): boolean {
  const { isActive, conditions, admits, hours, rooms, roomsRow } = course;
  if (!isActive || (admits !== null && !conditions.holds(admits, moment.tags))) return false;
  if (hours !== null && !hours.isOpenAt(moment.wallMs)) return false;
  const limit = course.concurrency === null ? course.maxCalls : maxCallsAt(course, moment.wallMs);
  if (limit !== null && moment.usedSlots(course.slot) >= limit) return false;
  return roomsRow === null || rooms.hasRoom(roomsRow, moment.usedCap);
}

/** What `mayEnter` asks, passed or not; limits that the group does not have are left out. */
export function explainEntry(course: CourseGroup, moment: Moment, currency: string): readonly Check[] {
  const { group, condition, slot, caps } = course;
  const checks = [check('group-active', group.isActive, group.isActive ? 'active' : 'paused', 'the group resumed')];
  if (group.schedule !== null) {
    const local = describeMoment(group.schedule, moment.wallMs);
    checks.push(check('open-now', isOpenAt(group.schedule, moment.wallMs), local, 'a call within its hours'));
  }
  if (condition !== null) {
    const found = describeTags(condition, moment.tags);
    checks.push(check('condition', holds(condition, moment.tags), found, describeCondition(condition)));
  }
  const limit = maxCallsAt(group, moment.wallMs);
  if (limit !== null) {
    const used = moment.usedSlots(slot);
    const values = `group has ${used} of ${limit} calls`;
    checks.push(check('concurrency', used < limit, values, `fewer than ${limit} calls`));
  }
  for (const counted of caps) {
    const used = moment.usedCap(meterNumbers.of(counted.key));
    const isUnder = counted.cap.kind === 'soft' || fits(counted.cap, used, LEAST_USE);
    const needed = `room under the cap, or the next ${counted.cap.window}`;
    checks.push(check('cap', isUnder, describeCap(counted, used, currency), needed));
  }
  return checks;
}
