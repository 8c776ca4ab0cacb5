/**
 * A seeded run of many calls through the whole application on the scripted engine and the virtual clock. It looks on from
 * outside: what it counts is counted at the ports, and is held against what the application wrote down.
 */
import { MemoryCallRepository } from '../../src/adapters/memory/memory-call-repository.js';
import { DueDeliveries } from '../../src/application/calls/deliver-due.js';
import { createInboundCallHandler } from '../../src/application/calls/handle-inbound-call.js';
import { SHADOW_CALLS_MAX } from '../../src/application/plans/shadow-desk.js';
import type { CallClosing } from '../../src/application/ports/call-repository.js';
import type { HistoryQuestion } from '../../src/application/ports/caller-histories.js';
import type { DialOutcome, DialRequest } from '../../src/application/ports/telephony.js';
import type { CallerHistory } from '../../src/domain/callers/caller-history.js';
import type { Call } from '../../src/domain/calls/call.js';
import { CallFixture } from '../support/call-fixture.js';
import type { ScriptedBuyerLeg } from '../support/scripted-leg.js';
import { ScriptedCall } from '../support/scripted-telephony.js';
import { Chance } from './chance.js';
import { LetterBox } from './letter-box.js';
import { CAMPAIGNS, dialScriptOf, marketOf, numberOf, pingScriptOf, postOutcomeOf } from './market.js';
import { intentionsOf, SimulatedCall } from './simulated-call.js';

const MEAN_GAP_MS = 500;
const AFTERWARDS_MS = 15 * 60_000;
const WALL_START_MS = Date.UTC(2026, 10, 23, 8);

/** A store that now and then cannot take a call. */
class UnreliableCalls extends MemoryCallRepository {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    super();
    this.#chance = chance;
  }

  override async open(call: Call, asked: HistoryQuestion | null = null): Promise<CallerHistory | null> {
    this.#mayFail();
    return await super.open(call, asked);
  }

  override async close(closing: CallClosing): Promise<void> {
    this.#mayFail();
    await super.close(closing);
  }

  #mayFail(): void {
    if (this.#chance.isTrue(0.01)) throw new Error('the disk is full');
  }
}

export class Simulation {
  readonly fixture: CallFixture;
  readonly calls = new Map<string, SimulatedCall>();
  readonly faults: string[] = [];
  readonly letters: LetterBox;
  readonly #chance: Chance;
  /** Branches that are up or ring, by target: what limits of concurrency speak of. */
  readonly #branches = new Map<string, number>();

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    const calls = new UnreliableCalls(new Chance(seed + 1));
    this.fixture = new CallFixture(marketOf(this.#chance), { calls, wallMs: WALL_START_MS });
    this.letters = new LetterBox(new Chance(seed + 2));
    this.#wire();
  }

  /** Settles when every call is over, and everything that should be given back has had the time for it. */
  async run(count: number): Promise<void> {
    const { clock, deps, calls } = this.fixture;
    const webhooks = { send: async () => ({ kind: 'taken' }) as const };
    const post = new DueDeliveries({ ...deps, deliveries: calls.deliveries, webhooks, mails: this.letters });
    await this.#startShadows();
    post.start();
    let atMs = 0;
    for (let index = 0; index < count; index += 1) {
      atMs += this.#chance.gapMs(MEAN_GAP_MS);
      clock.startTimer(atMs, () => this.#arrive(index));
    }
    await clock.advance(atMs + AFTERWARDS_MS);
    await post.stop();
    await this.fixture.live.whenFollowed();
  }

  /** Each plan beside itself: it must choose what the calls chose. */
  async #startShadows(): Promise<void> {
    const { campaigns, plans } = this.fixture.deps.configuration.current();
    for (const { id, planId } of campaigns.values()) {
      const plan = planId === null ? undefined : plans.get(planId);
      if (plan === undefined) continue;
      const order = { plan: { ...plan, version: 0 }, campaignId: id, callsWanted: SHADOW_CALLS_MAX };
      await this.fixture.shadows.start(order, 'simulation');
    }
  }

  #wire(): void {
    const { fixture } = this;
    const { telephony, deps, clock } = fixture;
    const chance = this.#chance;
    const bidders: typeof deps.bidders = {
      ping: (request) => {
        const script = pingScriptOf(chance);
        if (script === null) fixture.pings.delete(request.bidder.id);
        else fixture.pings.set(request.bidder.id, script);
        return deps.bidders.ping(request);
      },
      post: async () => {
        const outcome = postOutcomeOf(chance);
        await new Promise<void>((resolve) => void clock.startTimer(outcome.latencyMs, resolve));
        return outcome;
      },
    };
    const dial = telephony.dial.bind(telephony);
    telephony.dial = (request) => this.#dial(request, dial);
    telephony.onAnswered((leg) => this.#byCallId(leg.legId.slice('a-'.length))?.answered(leg));
    fixture.listeners.push({
      stepped: (call, entry) => {
        const simulated = this.calls.get(call.sipCallId);
        if (simulated === undefined) return;
        simulated.callId = call.callId;
        simulated.stepped(entry);
      },
    });
    const random = (): number => chance.next();
    telephony.onInboundCall(createInboundCallHandler({ ...deps, bidders, random }, fixture.live));
  }

  #byCallId(callId: string): SimulatedCall | undefined {
    const call = this.fixture.live.find(callId)?.current();
    return call === undefined ? undefined : this.calls.get(call.sipCallId);
  }

  #arrive(index: number): void {
    const { fixture } = this;
    const chance = this.#chance;
    const call = new ScriptedCall(fixture.telephony, {
      sipCallId: `call-${index}`,
      calledUser: chance.isTrue(0.01) ? '+19995550100' : numberOf(chance.integer(0, CAMPAIGNS - 1)),
      callerUser: `+1310555${String(chance.integer(0, 1_500)).padStart(4, '0')}`,
      isPrivate: chance.isTrue(0.05),
    });
    if (chance.isTrue(0.01)) call.answerOutcome = { kind: 'no-media', sipStatus: 503, detail: 'simulated' };
    const endByOperator = (callId: string): void => fixture.live.find(callId)?.hangup();
    const simulated = new SimulatedCall(call, intentionsOf(chance), fixture.clock, endByOperator);
    this.calls.set(call.facts.sipCallId, simulated);
    const done = fixture.telephony.receive(call);
    simulated.begin();
    done.then(
      () => {
        simulated.isOver = true;
      },
      (error: unknown) => simulated.faults.push(`the flow rejected: ${String(error)}`),
    );
  }

  async #dial(request: DialRequest, dial: (request: DialRequest) => Promise<DialOutcome>): Promise<DialOutcome> {
    const targetId = request.targetId ?? 'fallback';
    const simulated = this.#byCallId(request.callId);
    const branch = { targetId: request.targetId, leg: null };
    simulated?.branches.push(branch);
    this.fixture.telephony.scripts.set(targetId, dialScriptOf(this.#chance));
    this.#count(targetId, 1);
    const outcome = await dial(request);
    if (outcome.kind !== 'answered') this.#count(targetId, -1);
    else {
      simulated?.buyerAnswered(branch, outcome.leg, this.#chance);
      this.#countUntilFree(targetId, outcome.leg as ScriptedBuyerLeg);
    }
    return outcome;
  }

  /** A voicemail box that is left a message is no call of its target any more. */
  #countUntilFree(targetId: string, leg: ScriptedBuyerLeg): void {
    const { onMessage } = leg;
    const over = new Promise<void>((resolve) => {
      leg.onMessage = () => {
        resolve();
        onMessage();
      };
      void leg.ended.then(() => resolve());
    });
    void over.then(() => this.#count(targetId, -1));
  }

  #count(targetId: string, by: number): void {
    const branches = (this.#branches.get(targetId) ?? 0) + by;
    this.#branches.set(targetId, branches);
    const limit = this.fixture.deps.configuration.current().targets.get(targetId)?.maxCalls ?? null;
    if (limit !== null && branches > limit) this.faults.push(`${targetId} has ${branches} branches, ${limit} allowed`);
  }
}
