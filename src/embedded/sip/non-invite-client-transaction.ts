/**
 * The non-INVITE client transaction, RFC 3261 section 17.1.2. Made by the transaction layer.
 *
 *  trying     --1xx--> proceeding   --200-699--> completed   --timer E--> trying       --timer F--> terminated
 *  proceeding --1xx--> proceeding   --200-699--> completed   --timer E--> proceeding   --timer F--> terminated
 *  completed  --timer K--> terminated
 */
import type { ClientEvent, ClientTransactionWires } from './invite-client-transaction.js';
import type { SipTimer } from './sip-clock.js';

type TimerName = 'E' | 'F' | 'K';
type NonInviteClientEvent = ClientEvent<TimerName>;
type State = (event: NonInviteClientEvent) => State;

export class NonInviteClientTransaction {
  readonly #wires: ClientTransactionWires;
  readonly #timers = new Map<TimerName, SipTimer>();
  #state: State;
  #retransmitAfterMs: number;

  constructor(wires: ClientTransactionWires) {
    this.#wires = wires;
    this.#retransmitAfterMs = wires.timers.t1Ms;
    this.#state = this.#trying;
  }

  handle(event: NonInviteClientEvent): void {
    const before = this.#state;
    this.#state = before(event);
    if (this.#state === this.#terminated && before !== this.#terminated) this.#end();
  }

  terminate(): void {
    if (this.#state === this.#terminated) return;
    this.#state = this.#terminated;
    this.#end();
  }

  #end(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#wires.onTerminated();
  }

  #trying: State = (event) => {
    if (event.type !== 'start') return this.#pending(event, this.#trying);
    this.#wires.send(this.#wires.request);
    if (!this.#wires.isReliable) this.#start('E', this.#retransmitAfterMs);
    this.#start('F', 64 * this.#wires.timers.t1Ms);
    return this.#trying;
  };

  #proceeding: State = (event) => this.#pending(event, this.#proceeding);

  #completed: State = (event) => (event.type === 'timer' && event.name === 'K' ? this.#terminated : this.#completed);

  #terminated: State = () => this.#terminated;

  #pending(event: NonInviteClientEvent, current: State): State {
    const { t1Ms, t2Ms, t4Ms } = this.#wires.timers;
    if (event.type === 'transport error') return this.#fail(() => this.#wires.onTransportError(event.error));
    if (event.type === 'timer') {
      if (event.name === 'F') return this.#fail(() => this.#wires.onTimeout());
      this.#wires.send(this.#wires.request);
      // Section 17.1.2.2: in the proceeding state the interval is T2 at once.
      this.#retransmitAfterMs = current === this.#proceeding ? t2Ms : Math.min(2 * this.#retransmitAfterMs, t2Ms);
      this.#start('E', Math.max(this.#retransmitAfterMs, t1Ms));
      return current;
    }
    if (event.type !== 'response') return current;
    if (event.status < 200) {
      event.pass();
      return this.#state === this.#terminated ? this.#terminated : this.#proceeding;
    }
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#state = this.#completed;
    event.pass();
    if (this.#state !== this.#completed || this.#wires.isReliable) return this.#terminated;
    this.#start('K', t4Ms);
    return this.#completed;
  }

  #fail(report: () => void): State {
    report();
    return this.#terminated;
  }

  #start(name: TimerName, delayMs: number): void {
    this.#timers.set(
      name,
      this.#wires.clock.schedule(delayMs, () => this.handle({ type: 'timer', name })),
    );
  }
}
