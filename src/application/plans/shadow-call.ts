/**
 * Walks the plans that run beside a call. It listens while the call is routed, and works when the call's record is closed: with the load,
 * turns, draws and bids that the call met. It dials nobody, reserves nothing and takes no turn; a fault in it is an alarm and
 * no more. The only thing it does while the call is up is to ask bidders that allow it and that the call's own plan never asks.
 */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { Bidder } from '../../domain/bidding/bidder.js';
import { callTermsOf } from '../../domain/bidding/margin.js';
import { isReplayable, keptOutIn, type LoggedCall, takerOf } from '../../domain/plans/logged-call.js';
import { groupsOf, type PlanCourse } from '../../domain/plans/plan-course.js';
import type { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { PlannedTarget } from '../../domain/plans/planned-target.js';
import { type Replay, replayCall } from '../../domain/plans/replay-call.js';
import { describeChoice, SHADOW_TRACE_MAX, type ShadowChoice } from '../../domain/plans/shadow.js';
import { isEligible, type Moment } from '../../domain/routing/eligibility.js';
import type { CallContext } from '../calls/call-context.js';
import { bidTokens } from '../sale/bid-tokens.js';
import type { RunningShadow } from './shadow-desk.js';
import { HeardChance, HeardMemory } from './shadow-memory.js';
import { ShadowTrace } from './shadow-trace.js';

type HeardBid = Pick<BidRecord, 'targetId' | 'outcome' | 'amountMicros' | 'latencyMs'>;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function biddersOf(course: PlanCourse): ReadonlySet<string> {
  const bidding = groupsOf(course).flatMap(({ seats }) => seats.bidding);
  return new Set(bidding.flatMap(({ bidder }) => (bidder === null ? [] : [bidder.id])));
}

/** Of one call; nothing of it outlives the work after the call's close. */
export class ShadowOfCall {
  readonly memory: HeardMemory;
  readonly chance: HeardChance;
  readonly #context: CallContext;
  readonly #course: PlanCourse;
  readonly #runs: readonly RunningShadow[];
  readonly #asked = new Map<RunningShadow, Promise<readonly HeardBid[]>>();

  constructor(context: CallContext, course: PlanCourse, runs: readonly RunningShadow[]) {
    this.#context = context;
    this.#course = course;
    this.#runs = runs;
    this.memory = new HeardMemory(context.deps.planRecords);
    this.chance = new HeardChance(context.deps.random);
  }

  /** To be called in the turn in which the walk has begun; `decided` settles when the call knows whom to ring first. */
  follow(walk: PlanWalk, decided: Promise<unknown>): void {
    const { scope, deps, afterClose } = this.#context;
    const begun = walk.visits[0]?.field.moment ?? walk.moment;
    decided.then(
      () => {
        if (scope.signal.aborted) return;
        // In a turn of its own: the call goes on first.
        const stop = deps.clock.startTimer(0, () => this.#contained(() => this.#askOthers(begun)));
        scope.defer(stop);
      },
      () => undefined,
    );
    afterClose(() => this.#chooseAll(walk, begun));
  }

  #contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#alarm(sentenceOf(error));
    }
  }

  #alarm(sentence: string): void {
    const { deps, journal } = this.#context;
    deps.events.alarm('shadow', `beside call ${journal.call.callId}: ${sentence}`);
  }

  /** A bidder that the call itself may still ask is left alone: two pings for one call could cost it the bid. */
  #askOthers(moment: Moment): void {
    const { configuration, campaign } = this.#context;
    if (![...configuration.bidders.values()].some(({ allowsShadowPings }) => allowsShadowPings)) return;
    const ofTheCall = biddersOf(this.#course);
    for (const running of this.#runs) {
      const bidding = groupsOf(running.courseOf(configuration, campaign)).flatMap(({ seats }) => seats.bidding);
      const others = new Map(bidding.map((planned) => [planned.target.id, planned]));
      const wanted = [...others.values()].filter(
        (planned) =>
          planned.bidder?.allowsShadowPings === true &&
          !ofTheCall.has(planned.bidder.id) &&
          isEligible(planned, moment),
      );
      if (wanted.length > 0) this.#asked.set(running, Promise.all(wanted.map((planned) => this.#ask(planned))));
    }
  }

  async #ask({ target, bidder }: PlannedTarget): Promise<HeardBid> {
    const { deps, scope, campaign } = this.#context;
    const timeoutMs = Math.min(bidder?.pingTimeoutMs ?? 0, campaign.auctionDeadlineMs);
    const request = { tokens: bidTokens(this.#context), timeoutMs, signal: scope.signal };
    const none = { targetId: target.id, amountMicros: null, latencyMs: 0 };
    try {
      const outcome = await deps.bidders.ping({ ...request, bidder: bidder as Bidder });
      const latencyMs = Math.round(outcome.latencyMs);
      if (outcome.kind === 'no-bid') return { ...none, outcome: outcome.reason, latencyMs };
      return { targetId: target.id, outcome: 'bid', amountMicros: outcome.amountMicros, latencyMs };
    } catch {
      return { ...none, outcome: 'connection' };
    }
  }

  async #chooseAll(walk: PlanWalk, begun: Moment): Promise<void> {
    for (const running of this.#runs) {
      try {
        await this.#choose(running, walk, begun);
      } catch (error) {
        this.#alarm(sentenceOf(error));
      }
    }
  }

  async #choose(running: RunningShadow, walk: PlanWalk, begun: Moment): Promise<void> {
    const { deps, journal } = this.#context;
    const asked = (await this.#asked.get(running)) ?? [];
    const logged = await deps.calls.loggedCall(journal.call.callId);
    if (logged === null || running.run.stoppedAt !== null) return;
    const heard = new Set(logged.bids.map(({ targetId }) => targetId));
    const bids = [...logged.bids, ...asked.filter(({ targetId }) => !heard.has(targetId))];
    const choice = this.#choiceOf(running, { ...logged, bids }, walk, begun, asked.length);
    await running.keep(choice);
    await journal.append('shadow', describeChoice(running.run, choice), {
      ...{ planId: running.run.plan.id, runId: running.run.id },
      ...{ targetId: choice.to?.targetId ?? null, isChanged: choice.from?.buyerId !== choice.to?.buyerId },
    });
  }

  #choiceOf(running: RunningShadow, logged: LoggedCall, walk: PlanWalk, begun: Moment, asked: number): ShadowChoice {
    const { configuration, campaign } = this.#context;
    const { call, failed } = logged;
    const taker = takerOf(logged);
    const from = taker === null ? null : { targetId: taker, buyerId: call.buyerId ?? '' };
    const common = { runId: running.run.id, callId: call.callId, startedAt: call.startedAt, from, failed, asked };
    if (!isReplayable(logged)) return { ...common, to: null, replay: null, trace: null };
    const course = running.courseOf(configuration, campaign);
    const candidates = groupsOf(course).reduce((sum, { seats }) => sum + seats.planned.length, 0);
    const explained = candidates > SHADOW_TRACE_MAX ? null : new ShadowTrace(configuration.version);
    const replay = this.#replay(running, course, logged, { walk, begun, explained });
    const [first] = replay.takers;
    const to = first === undefined ? null : { targetId: first.targetId, buyerId: first.buyerId };
    return { ...common, to, replay, trace: explained?.trace ?? null };
  }

  #replay(
    running: RunningShadow,
    course: PlanCourse,
    logged: LoggedCall,
    how: { readonly walk: PlanWalk; readonly begun: Moment; readonly explained: ShadowTrace | null },
  ): Replay {
    const { configuration, source, journal } = this.#context;
    const barred = new Set(logged.barred);
    const met = new Map(
      how.walk.visits.map(({ course: { key }, field }) => {
        const keptOut = journal.trace === null ? [] : keptOutIn(journal.trace, key);
        return [key, { ...field.moment, barred: new Set([...barred, ...keptOut]) }];
      }),
    );
    const ground = {
      moment: { ...how.begun, barred },
      momentOf: ({ key }: { readonly key: string }) => met.get(key) ?? null,
      memory: this.memory.again(running.turns),
      terms: callTermsOf(configuration.trunks, logged.call.trunkId, source.payout),
      random: this.chance.again(),
    };
    return replayCall(course, logged, ground, how.explained);
  }
}

/** Null when no plan runs beside the calls of this campaign, or when the call walks something else than its campaign's plan. */
export function shadowOf(context: CallContext, course: PlanCourse, own: PlanCourse): ShadowOfCall | null {
  if (course !== own) return null;
  const runs = context.deps.shadows.watching(context.campaign);
  return runs.length === 0 ? null : new ShadowOfCall(context, course, runs);
}
