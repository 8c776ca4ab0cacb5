/** A plan walked without a call: every offer fails but those of targets that answer. Bids are what the test says. */
import { TraceBuilder } from '../../src/application/sale/trace-builder.js';
import { Auction } from '../../src/domain/bidding/auction.js';
import { NO_HISTORY } from '../../src/domain/callers/caller-history.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import { indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import type { Plan } from '../../src/domain/plans/plan.js';
import { makeCourse } from '../../src/domain/plans/plan-course.js';
import type { PlanMemory } from '../../src/domain/plans/plan-memory.js';
import type { PlanAnswer } from '../../src/domain/plans/plan-move.js';
import { PlanWalk } from '../../src/domain/plans/plan-walk.js';
import type { DecisionTrace } from '../../src/domain/routing/decision-trace.js';
import type { DialStep } from '../../src/domain/routing/dial-step.js';
import type { Moment } from '../../src/domain/routing/eligibility.js';
import { CAMPAIGN, documentOf } from './call-configuration.js';

const NOBODY = { callerNumber: '+15125550123', entries: [] };

/** A Monday. */
export const NOON = Date.UTC(2026, 10, 23, 12);

/** Turns are remembered, and nothing else. */
export function turnsOnly(changes: Partial<PlanMemory> = {}): PlanMemory {
  const turns = new Map<string, number>();
  let last = 0;
  return {
    lastTurn: (groupKey, memberKey) => turns.get(`${groupKey} ${memberKey}`) ?? 0,
    takeTurn: (groupKey, memberKey) => {
      const key = `${groupKey} ${memberKey}`;
      const before = turns.get(key) ?? 0;
      last += 1;
      turns.set(key, last);
      return () => void turns.set(key, before);
    },
    lastTalkEndedAt: () => null,
    performanceOf: () => ({ calls: 0, revenueMicros: 0 }),
    experienceOf: () => ({ dials: 0, connected: 0, converted: 0, talkMs: 0 }),
    ...changes,
  };
}

export interface WalkedCall {
  readonly targets: readonly Target[];
  readonly others?: readonly Plan[];
  readonly moment?: Partial<Moment>;
  readonly memory?: PlanMemory;
  readonly random?: () => number;
  readonly minimumBidMicros?: number;
  /** In units, by target. */
  readonly bids?: Readonly<Record<string, number>>;
  readonly answering?: ReadonlySet<string>;
}

export interface Walked {
  readonly steps: readonly DialStep[];
  readonly trace: DecisionTrace;
}

export const idsOf = ({ offers }: DialStep): readonly string[] => offers.map(({ target }) => target.id);

function auctionOf(field: ConstructorParameters<typeof Auction>[0], call: WalkedCall): Auction {
  const auction = new Auction(field, call.random ?? (() => 0.5));
  const common = { destination: null, reference: null, billAfterMs: null, lifetimeMs: 60_000, latencyMs: 1 } as const;
  for (const planned of field.bidding()) {
    const units = call.bids?.[planned.target.id];
    auction.awaitBid(planned);
    if (units !== undefined) auction.enterBid(planned, { kind: 'bid', amountMicros: units * 1_000_000, ...common }, 0);
  }
  return auction;
}

/** Walks of one call after another: what is made once per configuration is made once. */
export function walksOf(plan: Plan, call: WalkedCall): () => PlanWalk {
  const { targets, others = [], minimumBidMicros = 0 } = call;
  const document = documentOf({
    targets,
    campaign: { planId: plan.id, minimumBidMicros },
    document: { plans: others },
  });
  const [campaign = CAMPAIGN] = document.campaigns;
  const known = { tags: new Map(), history: NO_HISTORY, caller: NOBODY };
  const moment: Moment = { wallMs: NOON, ...known, usedSlots: () => 0, usedCap: () => 0 };
  const course = makeCourse(indexConfiguration(1, document), campaign, plan);
  const memory = call.memory ?? turnsOnly();
  const random = call.random ?? (() => 0.5);
  const common = { moment: () => ({ ...moment, ...call.moment }), memory, sourceId: 'source', random };
  return () => new PlanWalk(course, common);
}

export function newWalk(plan: Plan, call: WalkedCall): PlanWalk {
  return walksOf(plan, call)();
}

export function walked(plan: Plan, call: WalkedCall, walk = newWalk(plan, call)): Walked {
  const trace = new TraceBuilder(walk);
  const steps: DialStep[] = [];
  let answer: PlanAnswer = { kind: 'begin' };
  for (;;) {
    const move = walk.next(answer);
    if (move.kind === 'end') break;
    if (move.kind === 'ask') {
      const auction = auctionOf(move.visit.field, call);
      const notes = trace.notesOf(move.visit);
      if (move.until === 'first') notes.rankBy(() => auction.ranking());
      answer = { kind: 'offers', offers: auction };
      continue;
    }
    steps.push(move.step);
    trace.offer(move.visit, move.step.offers);
    const winner = move.step.offers.find(({ target }) => call.answering?.has(target.id) === true);
    if (winner !== undefined) {
      trace.win(winner.target.id, winner.amountMicros);
      break;
    }
    for (const { target } of move.step.offers) trace.fail(target.id);
    answer = { kind: 'dialled', isRung: true };
  }
  return { steps, trace: trace.build(1) };
}

/** Numbers that look like chance and are the same in every run. */
export function seeded(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
