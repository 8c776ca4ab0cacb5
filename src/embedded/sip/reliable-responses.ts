/**
 * The reliable provisional responses of one INVITE (RFC 3262 section 3): one at a time, repeated from T1 on, doubling, until its PRACK
 * or 64*T1. Made by the server transaction.
 *
 * States of one response: queued -> waiting --PRACK--> acknowledged        waiting --64*T1--> given up (onNoPrack)
 */
import { randomInt } from 'node:crypto';
import type { ReliableHandlers } from './server-transaction.js';
import type { SipClock, SipTimer, SipTimerValues } from './sip-clock.js';

export interface ReliableWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  send(bytes: Buffer): void;
}

interface Reliable {
  readonly rseq: number;
  readonly bytes: Buffer;
  readonly handlers: ReliableHandlers;
}

export class ReliableResponses {
  readonly #wires: ReliableWires;
  readonly #queue: Reliable[] = [];
  /** Section 3: the first is chosen at random below 2^31. */
  #nextRseq = randomInt(1, 2 ** 30);
  #waiting: Reliable | undefined;
  #repeat: SipTimer | undefined;
  #giveUp: SipTimer | undefined;

  constructor(wires: ReliableWires) {
    this.#wires = wires;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  takeRseq(): number {
    return this.#nextRseq++;
  }

  /** Sends the response now, or after the PRACK of the one before. */
  add(rseq: number, bytes: Buffer, handlers: ReliableHandlers): void {
    this.#queue.push({ rseq, bytes, handlers });
    if (this.#waiting === undefined) this.#sendNext();
  }

  /** The handlers of the response with this RSeq, which is acknowledged by it; undefined when none waits for it. */
  acknowledge(rseq: number): ReliableHandlers | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.rseq !== rseq) return undefined;
    this.#stop();
    this.#sendNext();
    return waiting.handlers;
  }

  /** A final response goes out: nothing is repeated any more, the PRACK may still come (section 3). */
  stopRepeating(): void {
    this.#repeat?.cancel();
    this.#giveUp?.cancel();
    this.#queue.length = 0;
  }

  cancel(): void {
    this.#queue.length = 0;
    this.#stop();
  }

  #stop(): void {
    this.#repeat?.cancel();
    this.#giveUp?.cancel();
    this.#waiting = undefined;
  }

  #sendNext(): void {
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#waiting = next;
    this.#wires.send(next.bytes);
    this.#repeatAfter(this.#wires.timers.t1Ms, next);
    this.#giveUp = this.#wires.clock.schedule(64 * this.#wires.timers.t1Ms, () => {
      this.cancel();
      next.handlers.onNoPrack();
    });
  }

  #repeatAfter(delayMs: number, response: Reliable): void {
    this.#repeat = this.#wires.clock.schedule(delayMs, () => {
      this.#wires.send(response.bytes);
      this.#repeatAfter(2 * delayMs, response);
    });
  }
}
