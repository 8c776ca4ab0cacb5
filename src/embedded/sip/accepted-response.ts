/**
 * A 2xx to an INVITE on its way to the ACK (RFC 3261 section 13.3.1.4): repeated over UDP from T1 on, doubling up to T2, given up after
 * 64*T1. Made by the server transaction's `accept`.
 *
 * States: waiting --ACK--> acknowledged --64*T1--> gone        waiting --64*T1--> gone (onNoAck)
 */
import type { AcceptHandlers } from './server-transaction.js';
import type { SipClock, SipTimer, SipTimerValues } from './sip-clock.js';
import type { SipSource } from './sip-endpoint.js';
import type { SipRequest } from './sip-message.js';

export interface AcceptedResponseWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  readonly isReliable: boolean;
  retransmit(): void;
  onGone(): void;
}

export class AcceptedResponse {
  readonly #wires: AcceptedResponseWires;
  readonly #handlers: AcceptHandlers;
  readonly #giveUp: SipTimer;
  #repeat: SipTimer | undefined;
  #state: 'waiting' | 'acknowledged' | 'gone' = 'waiting';

  constructor(wires: AcceptedResponseWires, handlers: AcceptHandlers) {
    this.#wires = wires;
    this.#handlers = handlers;
    this.#giveUp = wires.clock.schedule(64 * wires.timers.t1Ms, () => this.#expire());
    if (!wires.isReliable) this.#repeatAfter(wires.timers.t1Ms);
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  acknowledge(ack: SipRequest, source: SipSource): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'acknowledged';
    this.#repeat?.cancel();
    this.#handlers.onAck(ack, source);
  }

  cancel(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#repeat?.cancel();
    this.#giveUp.cancel();
    this.#wires.onGone();
  }

  #repeatAfter(delayMs: number): void {
    this.#repeat = this.#wires.clock.schedule(delayMs, () => {
      this.#wires.retransmit();
      this.#repeatAfter(Math.min(2 * delayMs, this.#wires.timers.t2Ms));
    });
  }

  #expire(): void {
    const wasWaiting = this.#state === 'waiting';
    this.cancel();
    if (wasWaiting) this.#handlers.onNoAck();
  }
}
