/**
 * A thousand whole calls that come in one turn of the event loop and race for caps of every kind, on target, buyer, group, campaign and source,
 * on scripted ports. What was used is counted from the records alone. RACING_CALLS and RACES size it by hand.
 */
import fc from 'fast-check';
import t from 'tap';
import { createInboundCallHandler } from '../../src/application/calls/handle-inbound-call.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { DialOutcome, DialRequest } from '../../src/application/ports/telephony.js';
import type { TimelineStep } from '../../src/domain/calls/timeline.js';
import type { Plan } from '../../src/domain/plans/plan.js';
import { CAP_DIMENSIONS, type Cap, type CountedCap, countedCaps } from '../../src/domain/routing/cap.js';
import { group, planOf } from '../domain/plan-samples.js';
import { Chance } from '../simulation/chance.js';
import { CAMPAIGN, documentOf, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import type { ScriptedCallerLeg } from '../support/scripted-leg.js';

const CALLS = Number(process.env.RACING_CALLS ?? 1_000);
const RACES = Number(process.env.RACES ?? 2);
const BILL_AFTER_MS = 5_000;
const PRICE_MICROS = 30_000_000;
/** Longer than all rings, talks and fallbacks. */
const UNTIL_ALL_ARE_OVER_MS = 300_000;

/** Who is capped, and whose targets count for it; null for every call. */
const SUBJECTS = {
  'target:t0': ['t0'],
  'target:t2': ['t2'],
  'buyer:b0': ['t0', 't1'],
  'group:main/first': ['t0', 't1'],
  'group:main/second': ['t2', 't3'],
  'campaign:campaign': null,
  'source:source': null,
} as const;
type SubjectKey = keyof typeof SUBJECTS;

const anyCap: fc.Arbitrary<Cap> = fc
  .record({
    dimension: fc.constantFrom(...CAP_DIMENSIONS),
    window: fc.constantFrom('day' as const, 'total' as const),
    calls: fc.integer({ min: 0, max: Math.ceil(CALLS / 2) }),
    kind: fc.constantFrom('hard' as const, 'hard' as const, 'soft' as const),
  })
  .map(({ calls, ...cap }) => {
    return { ...cap, limit: cap.dimension === 'revenue' ? calls * PRICE_MICROS : calls, timeZone: 'UTC' };
  });
const anyCaps = fc.uniqueArray(anyCap, { maxLength: 2, selector: ({ dimension }) => dimension });
const anyRace = fc.record({
  caps: fc.record({
    ...{ 'target:t0': anyCaps, 'target:t2': anyCaps, 'buyer:b0': anyCaps },
    ...{ 'group:main/first': anyCaps, 'group:main/second': anyCaps },
    ...{ 'campaign:campaign': anyCaps, 'source:source': anyCaps },
  }),
  maxCalls: fc.option(fc.integer({ min: 1, max: CALLS })),
  strategy: fc.constantFrom('priority' as const, 'simultaneous' as const, 'round-robin' as const),
  seed: fc.nat(),
});
type Race = (typeof anyRace extends fc.Arbitrary<infer Value> ? Value : never) & {
  readonly caps: Readonly<Record<SubjectKey, readonly Cap[]>>;
};

function planFor({ caps, strategy }: Race): Plan {
  const first = group('first', strategy, ['t0', 't1'], { caps: caps['group:main/first'], hedgeAfterMs: 1_000 });
  const second = group('second', 'auction', ['t2', 't3'], { caps: caps['group:main/second'] });
  return planOf(group('root', 'sequential', [first, second]));
}

class RaceTrack {
  readonly fixture: CallFixture;
  /** Branches of t1 that ring or talk, and the most there were. */
  branches = 0;
  mostBranches = 0;
  readonly #chance: Chance;

  constructor(race: Race) {
    const { caps, maxCalls, seed } = race;
    this.#chance = new Chance(seed);
    const common = { billAfterMs: BILL_AFTER_MS, pricing: { kind: 'static', amountMicros: PRICE_MICROS } } as const;
    const targets = [
      staticTarget('t0', 0, { ...common, buyerId: 'b0', caps: caps['target:t0'] }),
      staticTarget('t1', 0, { ...common, buyerId: 'b0', maxCalls }),
      staticTarget('t2', 0, { ...common, buyerId: 'b1', caps: caps['target:t2'] }),
      staticTarget('t3', 0, { ...common, buyerId: 'b1', maxCalls: Math.ceil(CALLS / 10) }),
    ];
    const { buyers, sources } = documentOf({ targets: targets.filter((_target, index) => index % 2 === 0) });
    const document = {
      plans: [planFor(race)],
      sources: sources.map((source) => ({ ...source, caps: caps['source:source'] })),
      buyers: buyers.map((buyer) => (buyer.id === 'b0' ? { ...buyer, caps: caps['buyer:b0'] } : buyer)),
    };
    const campaign = { ...CAMPAIGN, targetIds: [], planId: 'main', caps: caps['campaign:campaign'] };
    this.fixture = new CallFixture({ targets, campaign, document });
    this.#wire();
  }

  #wire(): void {
    const { deps, telephony, live, clock, listeners } = this.fixture;
    const chance = this.#chance;
    const limits = { ...deps.limits, maxCalls: CALLS };
    telephony.onInboundCall(createInboundCallHandler({ ...deps, limits, random: () => chance.next() }, live));
    const dial = telephony.dial.bind(telephony);
    telephony.dial = (request) => this.#dial(request, dial);
    const legs = new Map<string, ScriptedCallerLeg>();
    telephony.onAnswered((leg) => {
      legs.set(leg.legId.slice('a-'.length), leg);
      leg.greet();
    });
    listeners.push({
      stepped: ({ callId }, { step }) => {
        if (step === 'bridged') clock.startTimer(chance.integer(0, 2 * BILL_AFTER_MS), () => legs.get(callId)?.end());
      },
    });
  }

  async run(): Promise<readonly CallDetails[]> {
    const { fixture } = this;
    const all = Array.from({ length: CALLS }, (_, index) =>
      fixture.invite({ sipCallId: `call-${index}`, callerUser: `+1310${String(5_550_000 + index)}` }),
    );
    await fixture.clock.advance(UNTIL_ALL_ARE_OVER_MS);
    await Promise.all(all.map(({ done }) => done));
    const calls = await fixture.calls.list({ limit: CALLS, before: null });
    const found = await Promise.all(calls.map(({ callId }) => fixture.calls.find(callId)));
    return found.filter((details) => details !== null);
  }

  async #dial(request: DialRequest, dial: (request: DialRequest) => Promise<DialOutcome>): Promise<DialOutcome> {
    const afterMs = this.#chance.integer(0, 4_000);
    const answer = { kind: 'answer', afterMs } as const;
    const busy = { kind: 'fail', afterMs, sipStatus: 486, cause: 'USER_BUSY' } as const;
    this.fixture.telephony.scripts.set(request.targetId ?? '', this.#chance.isTrue(0.6) ? answer : busy);
    const by = request.targetId === 't1' ? 1 : 0;
    this.branches += by;
    this.mostBranches = Math.max(this.mostBranches, this.branches);
    const outcome = await dial(request);
    const free = (): void => {
      this.branches -= by;
    };
    if (outcome.kind === 'answered') void outcome.leg.ended.then(free);
    else free();
    return outcome;
  }
}

/** By the records: what a cap of these targets, or of all calls, has had of what it counts. */
function usedOf({ cap }: CountedCap, records: readonly CallDetails[], targets: readonly string[] | null): number {
  const steps = (wanted: TimelineStep): number =>
    records
      .flatMap(({ timeline }) => timeline)
      .filter(({ step, data }) => step === wanted && targets?.includes(String(data.targetId)) === true).length;
  const sold = records
    .map(({ call }) => call)
    .filter(({ bridgedAt, targetId }) => bridgedAt !== null && (targets?.includes(targetId ?? '') ?? true));
  switch (cap.dimension) {
    case 'attempts':
      if (targets === null) return records.filter(({ call }) => call.outcome !== 'refused').length;
      return steps('dialing') - steps('buyer-let-go');
    case 'connected':
      return sold.length;
    case 'converted':
      return sold.filter(({ priceMicros }) => (priceMicros ?? 0) > 0).length;
    case 'revenue':
      return sold.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0), 0);
  }
}

/** Hard caps are never passed by any count; soft ones never by what is billed. The counter says what the records say. */
function assertCaps({ caps, maxCalls }: Race, track: RaceTrack, records: readonly CallDetails[]): void {
  for (const key of Object.keys(SUBJECTS) as SubjectKey[]) {
    const [subject = '', id = ''] = key.split(':');
    for (const counted of countedCaps(subject as 'target', id, caps[key])) {
      const { kind, dimension, limit } = counted.cap;
      const used = usedOf(counted, records, SUBJECTS[key]);
      const isBilling = dimension === 'converted' || dimension === 'revenue';
      if (used > limit && (kind === 'hard' || isBilling))
        throw new Error(`${key} used ${used} of ${limit} ${dimension}`);
      const inCounter = track.fixture.caps.used(counted);
      if (inCounter !== used) throw new Error(`${counted.key}: ${inCounter} are counted, ${used} are in the records`);
    }
  }
  const most = track.mostBranches;
  if (maxCalls !== null && most > maxCalls) throw new Error(`t1 had ${most} of ${maxCalls} calls`);
}

t.test(`${CALLS} calls at once never pass a cap of anybody, and leave nothing held`, async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRace, async (race) => {
      const track = new RaceTrack(race);
      const records = await track.run();
      t.equal(records.length, CALLS);
      t.same(track.fixture.leftovers(), []);
      assertCaps(race, track, records);
    }),
    { numRuns: RACES },
  );
});
