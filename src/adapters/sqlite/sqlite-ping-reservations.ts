/** Promises to publishers in SQLite; the writer thread, which is one, decides which call takes one up. */
import type { ArrivingCall, PingReservations } from '../../application/ports/ping-reservations.js';
import type { Arrival, PingReservation } from '../../domain/bidding/ping-reservation.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqlitePingReservations implements PingReservations {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async add(reservation: PingReservation): Promise<boolean> {
    return (await this.#writer.request({ kind: 'publisher', write: { kind: 'reserve', reservation } })) as boolean;
  }

  async find(signature: string, at: number): Promise<PingReservation | null> {
    const read = { kind: 'find-reservation', signature, at } as const;
    return (await this.#reader.request({ kind: 'publisher', read })) as PingReservation | null;
  }

  async claimedDids(at: number): Promise<readonly string[]> {
    const claimed = await this.#reader.request({ kind: 'publisher', read: { kind: 'claimed-dids', at } });
    return claimed as readonly string[];
  }

  async take(call: ArrivingCall, at: number): Promise<Arrival> {
    return (await this.#writer.request({ kind: 'publisher', write: { kind: 'take', call, at } })) as Arrival;
  }

  async ofCall(callId: string): Promise<PingReservation | null> {
    const read = { kind: 'reservation-of-call', callId } as const;
    return (await this.#reader.request({ kind: 'publisher', read })) as PingReservation | null;
  }
}
