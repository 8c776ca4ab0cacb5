/**
 * One caller of the simulation and whoever talks to him: what they do and when, decided before the call begins, and what
 * really happened, seen from outside the flow. The judge holds the records against this.
 */
import type { BuyerLeg, LegEnd } from '../../src/application/ports/telephony.js';
import type { TimelineEntry } from '../../src/domain/calls/timeline.js';
import type { ScriptedBuyerLeg, ScriptedCallerLeg } from '../support/scripted-leg.js';
import type { ScriptedCall } from '../support/scripted-telephony.js';
import type { VirtualClock } from '../support/virtual-clock.js';
import type { Chance } from './chance.js';
import { QUEUE_KEY } from './market.js';

const LOST: LegEnd = { by: 'link', cause: 'RECOVERY_ON_TIMER_EXPIRE', sipStatus: 408 };
const PLAYED_OUT: LegEnd = { by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 };
const ENDING_MS = 2_000;
const VOICEMAIL_MS = 7_000;
const MESSAGE_MS = 12_000;

export interface Intentions {
  readonly cancelsAfterMs: number | null;
  readonly greetingMs: number;
  /** Of the answer, wherever the call is then. */
  readonly leavesAfterMs: number | null;
  readonly talkMs: number;
  readonly endsTalk: 'caller' | 'buyer' | 'both' | 'link';
  readonly bridgeFails: boolean;
  readonly recordingFails: boolean;
  readonly operatorEndsAfterMs: number | null;
  /** The key that leads out of a queue; pressed elsewhere it does nothing. */
  readonly leavesQueueAfterMs: number | null;
}

export function intentionsOf(chance: Chance): Intentions {
  return {
    cancelsAfterMs: chance.isTrue(0.03) ? chance.integer(0, 50) : null,
    greetingMs: chance.integer(0, 6_000),
    leavesAfterMs: chance.isTrue(0.2) ? chance.integer(0, 45_000) : null,
    talkMs: chance.integer(0, 120_000),
    endsTalk: chance.pick(['caller', 'buyer', 'buyer', 'both', 'link'] as const),
    bridgeFails: chance.isTrue(0.02),
    recordingFails: chance.isTrue(0.05),
    operatorEndsAfterMs: chance.isTrue(0.02) ? chance.integer(0, 60_000) : null,
    leavesQueueAfterMs: chance.isTrue(0.2) ? chance.integer(0, 60_000) : null,
  };
}

export interface Talk {
  readonly targetId: string | null;
  readonly fromMs: number;
  toMs: number | null;
}

/** A buyer's branch, from the INVITE to its end. */
export interface Branch {
  readonly targetId: string | null;
  leg: ScriptedBuyerLeg | null;
}

export class SimulatedCall {
  readonly call: ScriptedCall;
  readonly intentions: Intentions;
  readonly branches: Branch[] = [];
  readonly talks: Talk[] = [];
  readonly faults: string[] = [];
  callId: string | null = null;
  caller: ScriptedCallerLeg | null = null;
  answeredMs: number | null = null;
  fallbackMs: number | null = null;
  endedMs: number | null = null;
  isOver = false;
  #forgetEnding = (): void => undefined;
  readonly #clock: VirtualClock;
  readonly #endByOperator: (callId: string) => void;

  constructor(
    call: ScriptedCall,
    intentions: Intentions,
    clock: VirtualClock,
    endByOperator: (callId: string) => void,
  ) {
    this.call = call;
    this.intentions = intentions;
    this.#clock = clock;
    this.#endByOperator = endByOperator;
  }

  begin(): void {
    const { cancelsAfterMs } = this.intentions;
    if (cancelsAfterMs !== null) this.#after(cancelsAfterMs, () => this.call.cancel());
  }

  answered(leg: ScriptedCallerLeg): void {
    const { greetingMs, leavesAfterMs, bridgeFails, recordingFails } = this.intentions;
    const { operatorEndsAfterMs, leavesQueueAfterMs } = this.intentions;
    this.caller = leg;
    this.answeredMs = this.#clock.monotonicMs();
    if (bridgeFails) leg.bridgeError = 'simulated';
    if (recordingFails) leg.recordingError = 'simulated';
    void leg.ended.then(() => {
      this.endedMs = this.#clock.monotonicMs();
      this.#closeTalk();
    });
    this.#after(greetingMs, () => leg.greet());
    if (leavesAfterMs !== null) this.#after(leavesAfterMs, () => this.#end(leg));
    if (leavesQueueAfterMs !== null) this.#after(leavesQueueAfterMs, () => leg.press(QUEUE_KEY));
    if (operatorEndsAfterMs !== null)
      this.#after(operatorEndsAfterMs, () => this.callId !== null && this.#endByOperator(this.callId));
  }

  /** Called as each step of the flow is announced. */
  stepped({ step }: TimelineEntry): void {
    const leg = this.caller;
    switch (step) {
      case 'bridged':
        this.#talk();
        break;
      case 'fallback':
        this.fallbackMs ??= this.#clock.monotonicMs();
        break;
      case 'unbridged':
        // With or without a message, the dialplan hangs up whom the buyer left, unless he is held for the next one.
        if (leg !== null) this.#forgetEnding = this.#after(ENDING_MS, () => this.#end(leg, PLAYED_OUT));
        break;
      case 'recovered':
        this.#forgetEnding();
        break;
      case 'voicemail':
        if (leg !== null) this.#after(VOICEMAIL_MS, () => this.#end(leg));
        break;
      default:
        break;
    }
  }

  /** A buyer answered: he hears whisper and prompt out and presses the key, or does not, or is gone before. */
  buyerAnswered(branch: Branch, leg: BuyerLeg, chance: Chance): void {
    const scripted = leg as ScriptedBuyerLeg;
    branch.leg = scripted;
    void scripted.ended.then(() => this.#closeTalk());
    scripted.onMessage = () => this.#after(MESSAGE_MS, () => this.#end(scripted, PLAYED_OUT));
    if (chance.isTrue(0.05)) this.#after(chance.integer(0, 3_000), () => this.#end(scripted));
    this.#after(500, () => {
      scripted.hearOut();
      if (chance.isTrue(0.8)) this.#after(chance.integer(1, 4_000), () => scripted.press('1'));
    });
  }

  #talk(): void {
    // A voicemail box that is left a message has nothing to do with who talks.
    const up = this.branches.filter(({ leg }) => leg !== null && !leg.hasEnded && leg.messages.length === 0);
    const [branch] = up;
    if (up.length !== 1 || branch === undefined) this.faults.push(`${up.length} buyers are up at the bridge`);
    this.talks.push({ targetId: branch?.targetId ?? null, fromMs: this.#clock.monotonicMs(), toMs: null });
    const { endsTalk } = this.intentions;
    // The next buyer of one who was left at once talks longer.
    const talkMs = this.intentions.talkMs * this.talks.length;
    const buyer = branch?.leg ?? null;
    this.#after(talkMs, () => {
      if (endsTalk !== 'buyer') this.#end(this.caller, endsTalk === 'link' ? LOST : undefined);
      if (endsTalk === 'buyer' || endsTalk === 'both') this.#end(buyer);
    });
  }

  #closeTalk(): void {
    const talk = this.talks.at(-1);
    const isApart =
      this.caller?.hasEnded === true ||
      this.branches.every(({ leg }) => leg === null || leg.hasEnded || leg.messages.length > 0);
    if (talk !== undefined && isApart) talk.toMs ??= this.#clock.monotonicMs();
  }

  #end(leg: ScriptedCallerLeg | ScriptedBuyerLeg | null, end?: LegEnd): void {
    if (leg !== null && !leg.hasEnded) leg.end(end);
  }

  #after(delayMs: number, act: () => void): () => void {
    return this.#clock.startTimer(delayMs, act);
  }
}
