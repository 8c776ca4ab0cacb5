/**
 * The INVITE client transaction, RFC 3261 section 17.1.1 with the accepted state of RFC 6026. Made by the transaction layer; it
 * makes the ACK to a non-2xx itself, the ACK to a 2xx is the user agent's.
 *
 *  calling    --1xx--> proceeding   --2xx--> accepted   --300-699--> completed   --timer B--> terminated   --timer A--> calling
 *  proceeding --1xx--> proceeding   --2xx--> accepted   --300-699--> completed
 *  completed  --300-699--> completed (ACK again)        --timer D--> terminated
 *  accepted   --2xx--> accepted                         --timer M--> terminated
 */
import type { SipClock, SipTimer, SipTimerValues } from './sip-clock.js';

export type ClientEvent<TimerName extends string> =
  | { readonly type: 'start' }
  | {
      readonly type: 'response';
      readonly status: number;
      readonly acknowledge?: () => Buffer;
      readonly pass: () => void;
    }
  | { readonly type: 'timer'; readonly name: TimerName }
  | { readonly type: 'transport error'; readonly error: Error };

export interface ClientTransactionWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  readonly isReliable: boolean;
  /** The request as bytes. */
  readonly request: Buffer;
  send(bytes: Buffer): void;
  onTimeout(): void;
  onTransportError(error: Error): void;
  onTerminated(): void;
}

type TimerName = 'A' | 'B' | 'D' | 'M';
type InviteClientEvent = ClientEvent<TimerName>;
type State = (event: InviteClientEvent) => State;

export class InviteClientTransaction {
  readonly #wires: ClientTransactionWires;
  readonly #timers = new Map<TimerName, SipTimer>();
  #state: State;
  #retransmitAfterMs: number;
  #ack: Buffer | undefined;

  constructor(wires: ClientTransactionWires) {
    this.#wires = wires;
    this.#retransmitAfterMs = wires.timers.t1Ms;
    this.#state = this.#calling;
  }

  /** No final response yet. */
  get isPending(): boolean {
    return this.#state === this.#calling || this.#state === this.#proceeding;
  }

  get isProceeding(): boolean {
    return this.#state === this.#proceeding;
  }

  handle(event: InviteClientEvent): void {
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

  #calling: State = (event) => {
    switch (event.type) {
      case 'start':
        this.#wires.send(this.#wires.request);
        if (!this.#wires.isReliable) this.#start('A', this.#retransmitAfterMs);
        this.#start('B', 64 * this.#wires.timers.t1Ms);
        return this.#calling;
      case 'response':
        return this.#respond(event);
      case 'timer':
        if (event.name === 'B') return this.#fail(() => this.#wires.onTimeout());
        this.#wires.send(this.#wires.request);
        this.#retransmitAfterMs *= 2;
        this.#start('A', this.#retransmitAfterMs);
        return this.#calling;
      case 'transport error':
        return this.#fail(() => this.#wires.onTransportError(event.error));
    }
  };

  #proceeding: State = (event) => {
    if (event.type === 'response') return this.#respond(event);
    if (event.type === 'transport error') return this.#fail(() => this.#wires.onTransportError(event.error));
    return this.#proceeding;
  };

  #completed: State = (event) => {
    if (event.type === 'timer') return this.#terminated;
    if (event.type === 'response' && event.status >= 300 && this.#ack !== undefined) this.#wires.send(this.#ack);
    return this.#completed;
  };

  #accepted: State = (event) => {
    if (event.type === 'timer') return this.#terminated;
    if (event.type === 'response' && event.status >= 200 && event.status < 300) event.pass();
    // `pass` may have ended the transaction.
    return this.#state;
  };

  #terminated: State = () => this.#terminated;

  #respond(event: InviteClientEvent & { readonly type: 'response' }): State {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    if (event.status < 200) {
      // The state is set first: what the user agent does on this response (cancel) already sees it.
      this.#state = this.#proceeding;
      event.pass();
      return this.#state;
    }
    if (event.status < 300) {
      this.#start('M', 64 * this.#wires.timers.t1Ms);
      this.#state = this.#accepted;
      event.pass();
      return this.#state;
    }
    this.#ack = event.acknowledge?.();
    if (this.#ack !== undefined) this.#wires.send(this.#ack);
    this.#state = this.#completed;
    event.pass();
    if (this.#state !== this.#completed || this.#wires.isReliable) return this.#terminated;
    // Section 17.1.1.2: as long as the server may repeat its answer, its timer H; 32 s with the T1 of table 4.
    this.#start('D', 64 * this.#wires.timers.t1Ms);
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
