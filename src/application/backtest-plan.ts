/**
 * Replays calls of the log through a plan that need not be published, and says what would have changed. Reads the log in small
 * pages on the store's own thread and works between two reads, so that calls that are up do not wait. Writes nothing, rings
 * nobody, uses no turn. One at a time: the second is told.
 */
import { type Backtest, BacktestTally } from '../domain/backtest-tally.js';
import { tagsOf } from '../domain/call-tags.js';
import { NO_HISTORY } from '../domain/caller-history.js';
import type { Campaign } from '../domain/campaign.js';
import type { Configuration } from '../domain/configuration.js';
import type { Moment } from '../domain/eligibility.js';
import { isReplayable, type LoggedCall } from '../domain/logged-call.js';
import { callTermsOf } from '../domain/margin.js';
import type { Plan } from '../domain/plan.js';
import { makeCourse } from '../domain/plan-course.js';
import type { PlanMemory } from '../domain/plan-memory.js';
import { replayCall } from '../domain/replay-call.js';
import type { CallDependencies } from './call-dependencies.js';
import { withoutTurns } from './plan-records.js';
import { ANY_CALL, type CallPosition, type FoundLoggedCalls } from './ports/call-repository.js';

export type BacktestDependencies = Pick<CallDependencies, 'calls' | 'numbers' | 'random' | 'planRecords'>;

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

export class BacktestDesk {
  readonly #deps: BacktestDependencies;
  #isBusy = false;

  constructor(deps: BacktestDependencies) {
    this.#deps = deps;
  }

  /** Rejects with BacktestBusyError while another one runs. */
  async run(question: BacktestQuestion): Promise<Backtest> {
    if (this.#isBusy) throw new BacktestBusyError('another back-test is running');
    this.#isBusy = true;
    try {
      return await backtestPlan(this.#deps, question);
    } finally {
      this.#isBusy = false;
    }
  }
}

async function backtestPlan(deps: BacktestDependencies, question: BacktestQuestion): Promise<Backtest> {
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
    // The store reads on while this page is replayed.
    reading = next === null || left === 0 ? null : read(next);
    for (const logged of calls) {
      if (isReplayable(logged)) tally.add(logged, replayCall(course, logged, groundOf(deps, question, memory, logged)));
      else tally.skip();
    }
  }
  return tally.result();
}

/** Load and the caller's past as the log has them; schedules at the time of the call; tags but those of a publisher's ping. */
function groundOf(
  { numbers, random }: BacktestDependencies,
  { configuration }: BacktestQuestion,
  memory: PlanMemory,
  { call, barred }: LoggedCall,
) {
  const did = configuration.didsByNumber.get(call.calledNumber);
  const source = configuration.sources.get(call.sourceId ?? '');
  const rows = { ...(did === undefined ? {} : { did }), ...(source === undefined ? {} : { source }) };
  const moment: Moment = {
    ...{ wallMs: call.startedAt, history: NO_HISTORY, caller: { callerNumber: call.callerNumber, entries: [] } },
    ...{ usedSlots: () => 0, usedCap: () => 0, barred: new Set(barred) },
    tags: tagsOf(call, numbers.areaOf(call.callerNumber), {}, rows),
  };
  const terms = callTermsOf(configuration.trunks, call.trunkId, source?.payout ?? { kind: 'none' });
  return { moment, memory, terms, random };
}
