/**
 * Replays calls of the log through a plan that need not be published, and says what would have changed. Reads the log in small
 * pages on the store's own thread and works between two reads, so that calls that are up do not wait. Writes nothing, rings
 * nobody, uses no turn. One at a time: the second is told.
 */

import { callTermsOf } from '../../domain/bidding/margin.js';
import { NO_HISTORY } from '../../domain/callers/caller-history.js';
import { tagsOf } from '../../domain/calls/call-tags.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import { type Backtest, BacktestTally } from '../../domain/plans/backtest-tally.js';
import { isReplayable, type LoggedCall } from '../../domain/plans/logged-call.js';
import type { Plan } from '../../domain/plans/plan.js';
import { makeCourse } from '../../domain/plans/plan-course.js';
import type { PlanMemory } from '../../domain/plans/plan-memory.js';
import { replayCall } from '../../domain/plans/replay-call.js';
import type { Moment } from '../../domain/routing/eligibility.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { ANY_CALL, type CallPosition, type FoundLoggedCalls } from '../ports/call-repository.js';
import { withoutTurns } from '../sale/plan-records.js';

export type BacktestDependencies = Pick<CallDependencies, 'calls' | 'numbers' | 'random' | 'planRecords'>;

export type BacktestDeskPorts = Pick<CallDependencies, 'clock' | 'ids'>;

export interface BacktestQuestion {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
  readonly plan: Plan;
  /** Milliseconds since 1970-01-01 UTC; null for no limit. `before` is exclusive. */
  readonly from: number | null;
  readonly before: number | null;
  /** The newest so many of them. */
  readonly last: number;
}

export const BACKTEST_CALLS_MAX = 100_000;

/** Replayed in one turn of the event loop: some ms of work. */
const PAGE = 100;

export class BacktestBusyError extends Error {
  override readonly name = 'BacktestBusyError';
}

/** Somebody did not want to wait for the end. */
export class BacktestCancelledError extends Error {
  override readonly name = 'BacktestCancelledError';
}

/** How far the back-test of a plan has come that nobody waits for. It is of this process: a restart forgets it. */
export interface BacktestProgress {
  readonly id: string;
  readonly question: BacktestQuestion;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Calls of the log that were looked at; there may be fewer than were asked for. */
  readonly read: number;
  /** Wall clock. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly found: Backtest | null;
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
}

export class BacktestDesk {
  readonly #deps: BacktestDependencies & BacktestDeskPorts;
  /** Of the one that runs; null when none does. */
  #running: { isCancelled: boolean; readonly planId: string } | null = null;
  /** The last one in the background, by plan. */
  readonly #latest = new Map<string, BacktestProgress>();

  constructor(deps: BacktestDependencies & BacktestDeskPorts) {
    this.#deps = deps;
  }

  /** Rejects with BacktestBusyError while another one runs, with BacktestCancelledError when somebody stops it. */
  async run(question: BacktestQuestion, onRead: (calls: number) => void = () => undefined): Promise<Backtest> {
    if (this.#running !== null) throw new BacktestBusyError('another back-test is running');
    const running = { isCancelled: false, planId: question.plan.id };
    this.#running = running;
    try {
      return await backtestPlan(this.#deps, question, (calls) => {
        if (running.isCancelled) throw new BacktestCancelledError('the back-test was cancelled');
        onRead(calls);
      });
    } finally {
      this.#running = null;
    }
  }

  /** Goes on behind the answer; throws a BacktestBusyError while another one runs. */
  begin(question: BacktestQuestion): BacktestProgress {
    if (this.#running !== null) throw new BacktestBusyError('another back-test is running');
    const { clock, ids } = this.#deps;
    const planId = question.plan.id;
    const note = (changes: Partial<BacktestProgress>): void => {
      const now = this.#latest.get(planId);
      if (now !== undefined) this.#latest.set(planId, { ...now, ...changes });
    };
    const common = { id: ids.newId(), question, startedAt: clock.wallMs(), endedAt: null, found: null, failure: null };
    const begun: BacktestProgress = { ...common, state: 'running', read: 0 };
    this.#latest.set(planId, begun);
    this.run(question, (read) => note({ read })).then(
      (found) => note({ state: 'done', found, endedAt: clock.wallMs() }),
      (error: unknown) => {
        const state = error instanceof BacktestCancelledError ? 'cancelled' : 'failed';
        const failure = error instanceof Error ? error.message : String(error);
        note({ state, failure, endedAt: clock.wallMs() });
      },
    );
    return begun;
  }

  /** The last one of the plan that was begun in the background; null when none was. */
  latest(planId: string): BacktestProgress | null {
    return this.#latest.get(planId) ?? null;
  }

  /** Whoever waits for it is told; false when none of the plan runs. It ends before the next page. */
  cancel(planId: string): boolean {
    if (this.#running?.planId !== planId) return false;
    this.#running.isCancelled = true;
    return true;
  }
}

async function backtestPlan(
  deps: BacktestDependencies,
  question: BacktestQuestion,
  onRead: (calls: number) => void,
): Promise<Backtest> {
  const { configuration, campaign, plan, from, before, last } = question;
  const course = makeCourse(configuration, campaign, plan);
  const memory = withoutTurns(deps.planRecords);
  const tally = new BacktestTally();
  const filter = { ...ANY_CALL, campaignId: campaign.id, startedFrom: from, startedBefore: before };
  let left = Math.min(last, BACKTEST_CALLS_MAX);
  const read = (after: CallPosition | null): Promise<FoundLoggedCalls> => {
    const page = deps.calls.logged(filter, { limit: Math.min(left, PAGE), after });
    // It is awaited after the page before it has been replayed; should that throw, nobody awaits it.
    page.catch(() => undefined);
    return page;
  };
  for (let reading: Promise<FoundLoggedCalls> | null = read(null); reading !== null; ) {
    const { calls, next }: FoundLoggedCalls = await reading;
    left -= calls.length;
    onRead(Math.min(last, BACKTEST_CALLS_MAX) - left);
    // The store reads on while this page is replayed.
    reading = next === null || left === 0 ? null : read(next);
    for (const logged of calls) {
      if (isReplayable(logged)) tally.add(logged, replayCall(course, logged, groundOf(deps, question, memory, logged)));
      else tally.skip();
    }
  }
  return tally.result();
}

/** Load and the caller's past as the log has them; schedules at the time of the call; tags with those of its ping. */
function groundOf(
  { numbers, random }: BacktestDependencies,
  { configuration }: BacktestQuestion,
  memory: PlanMemory,
  { call, barred, pingTags }: LoggedCall,
) {
  const did = configuration.didsByNumber.get(call.calledNumber);
  const source = configuration.sources.get(call.sourceId ?? '');
  const rows = { ...(did === undefined ? {} : { did }), ...(source === undefined ? {} : { source }) };
  const moment: Moment = {
    ...{ wallMs: call.startedAt, history: NO_HISTORY, caller: { callerNumber: call.callerNumber, entries: [] } },
    ...{ usedSlots: () => 0, usedCap: () => 0, barred: new Set(barred) },
    tags: tagsOf(call, numbers.areaOf(call.callerNumber), pingTags, rows),
  };
  const terms = callTermsOf(configuration.trunks, call.trunkId, source?.payout ?? { kind: 'none' });
  return { moment, memory, terms, random };
}
