/**
 * A control app that is killed and started again, for application tests: the first one's clock stands still for ever, so that
 * its flows never move again; the second one has the same store and finds on the scripted engine what the test left there.
 */

import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { DIALS_KEPT } from '../../src/application/sale/plan-records.js';
import { type AdoptionReport, adoptCalls } from '../../src/application/survival/adopt-calls.js';
import type { Leg } from '../../src/domain/calls/leg.js';
import type { FixtureOptions } from './call-configuration.js';
import { CallFixture } from './call-fixture.js';
import { settled } from './virtual-clock.js';

export interface Killed {
  readonly details: CallDetails;
  readonly caller: Leg;
  /** The last one that was rung; the caller's when nobody was. */
  readonly buyer: Leg;
  /** The path of the recording that runs; empty for none. */
  readonly recordPath: string;
}

/** What the store has of the one call when its process is killed. */
export async function killed(first: CallFixture): Promise<Killed> {
  await settled();
  const details = await first.stored();
  const caller = details.legs.find(({ side }) => side === 'a');
  if (caller === undefined) throw new Error('the call has no leg');
  const buyer = details.legs.findLast(({ side }) => side === 'b') ?? caller;
  return { details, caller, buyer, recordPath: details.recordings[0]?.wavPath ?? '' };
}

/** As the program starts: with what the store has of turns and dials. */
export async function startedAgain(first: CallFixture, options: FixtureOptions): Promise<CallFixture> {
  const { calls, plans, clock } = first;
  const past = { turns: await plans.turns(), dials: await calls.targetDials(DIALS_KEPT) };
  return new CallFixture(options, { calls, past, wallMs: clock.wallMs() });
}

/** `awayMs` passes between the death of the first and the start of the second. */
export function nextProcess(first: CallFixture, awayMs: number, options: FixtureOptions = {}): CallFixture {
  const { calls, reservations, faxes, clock } = first;
  return new CallFixture(options, { calls, reservations, faxes, wallMs: clock.wallMs() + awayMs });
}

/** `lastAliveAt` is when the first was last heard of, by default when it died. */
export function adopt(first: CallFixture, next: CallFixture): Promise<AdoptionReport> {
  return adoptCalls(next.deps, next.live, { lastAliveAt: first.clock.wallMs() });
}
