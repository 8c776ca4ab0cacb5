/**
 * The INVITE server transaction, RFC 3261 section 17.2.1 with the accepted state of RFC 6026. Made by the transaction layer; it
 * sends and keeps time, and leaves every decision to the user agent.
 *
 *  proceeding --respond 1xx--> proceeding        --respond 2xx--> accepted        --respond 300-699--> completed
 *  completed  --ACK--> confirmed (timer I)       --timer G--> completed           --timer H--> terminated
 *  accepted   --timer L--> terminated            confirmed --timer I--> terminated
 */
import type { SipClock, SipTimer, SipTimerValues } from './sip-clock.js';

export type InviteServerEvent =
  | { readonly type: 'request' }
  | { readonly type: 'ack' }
  | { readonly type: 'respond'; readonly status: number; readonly bytes: Buffer }
  | { readonly type: 'timer'; readonly name: 'G' | 'H' | 'I' | 'L' }
  | { readonly type: 'transport error' };

export interface ServerTransactionWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  /** TCP: no retransmissions, no waiting for stray ones. */
  readonly isReliable: boolean;
  send(bytes: Buffer): void;
  onTerminated(): void;
}

type State = (event: InviteServerEvent) => State;

export class InviteServerTransaction {
  readonly #wires: ServerTransactionWires;
  readonly #timers = new Map<'G' | 'H' | 'I' | 'L', SipTimer>();
  #state: State;
  #lastResponse: Buffer | undefined;
  #retransmitAfterMs: number;

  constructor(wires: ServerTransactionWires) {
    this.#wires = wires;
    this.#retransmitAfterMs = wires.timers.t1Ms;
    this.#state = this.#proceeding;
  }

  get isAccepted(): boolean {
    return this.#state === this.#accepted;
  }

  get isTerminated(): boolean {
    return this.#state === this.#terminated;
  }

  handle(event: InviteServerEvent): void {
    const before = this.#state;
    this.#state = before(event);
    if (this.#state === this.#terminated && before !== this.#terminated) {
      for (const timer of this.#timers.values()) timer.cancel();
      this.#timers.clear();
      this.#wires.onTerminated();
    }
  }

  /** Ends the transaction from outside, without a word. */
  terminate(): void {
    if (this.#state === this.#terminated) return;
    this.#state = this.#terminated;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#wires.onTerminated();
  }

  #proceeding: State = (event) => {
    if (event.type === 'request') {
      if (this.#lastResponse !== undefined) this.#wires.send(this.#lastResponse);
      return this.#proceeding;
    }
    if (event.type === 'transport error') return this.#terminated;
    if (event.type !== 'respond') return this.#proceeding;
    this.#lastResponse = event.bytes;
    this.#wires.send(event.bytes);
    if (event.status < 200) return this.#proceeding;
    const { t1Ms } = this.#wires.timers;
    if (event.status < 300) {
      this.#start('L', 64 * t1Ms);
      return this.#accepted;
    }
    if (!this.#wires.isReliable) this.#start('G', this.#retransmitAfterMs);
    this.#start('H', 64 * t1Ms);
    return this.#completed;
  };

  #completed: State = (event) => {
    switch (event.type) {
      case 'request':
        if (this.#lastResponse !== undefined) this.#wires.send(this.#lastResponse);
        return this.#completed;
      case 'ack':
        this.#stop('G');
        this.#stop('H');
        if (this.#wires.isReliable) return this.#terminated;
        this.#start('I', this.#wires.timers.t4Ms);
        return this.#confirmed;
      case 'transport error':
        return this.#terminated;
      case 'timer':
        if (event.name === 'H') return this.#terminated;
        if (this.#lastResponse !== undefined) this.#wires.send(this.#lastResponse);
        this.#retransmitAfterMs = Math.min(2 * this.#retransmitAfterMs, this.#wires.timers.t2Ms);
        this.#start('G', this.#retransmitAfterMs);
        return this.#completed;
      default:
        return this.#completed;
    }
  };

  /** Stray ACKs and requests die here. */
  #confirmed: State = (event) => (event.type === 'timer' ? this.#terminated : this.#confirmed);

  /** RFC 6026 section 7.1: retransmitted INVITEs are absorbed; the user agent retransmits its 2xx through `respond`. */
  #accepted: State = (event) => {
    if (event.type === 'timer') return this.#terminated;
    if (event.type === 'respond' && event.status >= 200 && event.status < 300) this.#wires.send(event.bytes);
    return this.#accepted;
  };

  #terminated: State = () => this.#terminated;

  #start(name: 'G' | 'H' | 'I' | 'L', delayMs: number): void {
    this.#timers.set(
      name,
      this.#wires.clock.schedule(delayMs, () => this.handle({ type: 'timer', name })),
    );
  }

  #stop(name: 'G' | 'H'): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
