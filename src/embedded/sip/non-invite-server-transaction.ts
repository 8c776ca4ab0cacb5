/**
 * The non-INVITE server transaction, RFC 3261 section 17.2.2. Made by the transaction layer.
 *
 *  trying     --respond 1xx--> proceeding        --respond 200-699--> completed (timer J)
 *  proceeding --respond 1xx--> proceeding        --respond 200-699--> completed (timer J)
 *  completed  --timer J--> terminated
 */
import type { ServerTransactionWires } from './invite-server-transaction.js';
import type { SipTimer } from './sip-clock.js';

export type NonInviteServerEvent =
  | { readonly type: 'request' }
  | { readonly type: 'respond'; readonly status: number; readonly bytes: Buffer }
  | { readonly type: 'timer J' }
  | { readonly type: 'transport error' };

type State = (event: NonInviteServerEvent) => State;

export class NonInviteServerTransaction {
  readonly #wires: ServerTransactionWires;
  #state: State;
  #lastResponse: Buffer | undefined;
  #timerJ: SipTimer | undefined;

  constructor(wires: ServerTransactionWires) {
    this.#wires = wires;
    this.#state = this.#trying;
  }

  get isTerminated(): boolean {
    return this.#state === this.#terminated;
  }

  handle(event: NonInviteServerEvent): void {
    const before = this.#state;
    this.#state = before(event);
    if (this.#state === this.#terminated && before !== this.#terminated) this.#end();
  }

  /** Ends the transaction from outside, without a word. */
  terminate(): void {
    if (this.#state === this.#terminated) return;
    this.#state = this.#terminated;
    this.#end();
  }

  #end(): void {
    this.#timerJ?.cancel();
    this.#wires.onTerminated();
  }

  /** Repeated requests are absorbed as long as nothing was answered. */
  #trying: State = (event) => {
    if (event.type === 'transport error') return this.#terminated;
    return event.type === 'respond' ? this.#respond(event.status, event.bytes) : this.#trying;
  };

  #proceeding: State = (event) => {
    if (event.type === 'transport error') return this.#terminated;
    if (event.type === 'respond') return this.#respond(event.status, event.bytes);
    if (this.#lastResponse !== undefined) this.#wires.send(this.#lastResponse);
    return this.#proceeding;
  };

  #completed: State = (event) => {
    if (event.type === 'timer J' || event.type === 'transport error') return this.#terminated;
    if (event.type === 'request' && this.#lastResponse !== undefined) this.#wires.send(this.#lastResponse);
    return this.#completed;
  };

  #terminated: State = () => this.#terminated;

  #respond(status: number, bytes: Buffer): State {
    this.#lastResponse = bytes;
    this.#wires.send(bytes);
    if (status < 200) return this.#proceeding;
    if (this.#wires.isReliable) return this.#terminated;
    const { clock, timers } = this.#wires;
    this.#timerJ = clock.schedule(64 * timers.t1Ms, () => this.handle({ type: 'timer J' }));
    return this.#completed;
  }
}
