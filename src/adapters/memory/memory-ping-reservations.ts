/** Promises to publishers in memory, for tests. */
import { type ArrivingCall, type PingReservations, REMEMBERED_MS } from '../../application/ports/ping-reservations.js';
import { type Arrival, judgeArrival, type PingReservation } from '../../domain/bidding/ping-reservation.js';

function stands({ callId, expiresAt }: PingReservation, at: number): boolean {
  return callId === null && at < expiresAt;
}

export class MemoryPingReservations implements PingReservations {
  readonly #rows = new Map<string, PingReservation>();

  async add(reservation: PingReservation): Promise<boolean> {
    const { reference, callerNumber, didId, madeAt } = reservation;
    for (const row of this.#rows.values()) {
      if (row.expiresAt <= madeAt - REMEMBERED_MS) this.#rows.delete(row.reference);
    }
    if (callerNumber === null && (await this.claimedDids(madeAt)).includes(didId)) return false;
    this.#rows.set(reference, reservation);
    return true;
  }

  async find(signature: string, at: number): Promise<PingReservation | null> {
    return [...this.#rows.values()].find((row) => row.signature === signature && stands(row, at)) ?? null;
  }

  async claimedDids(at: number): Promise<readonly string[]> {
    const claiming = [...this.#rows.values()].filter((row) => row.callerNumber === null && stands(row, at));
    return [...new Set(claiming.map(({ didId }) => didId))].sort();
  }

  async take({ callId, didId, callerNumber }: ArrivingCall, at: number): Promise<Arrival> {
    const ofDid = [...this.#rows.values()].filter((row) => row.didId === didId);
    const arrival = judgeArrival(ofDid, callerNumber, at);
    if (arrival.kind === 'unmatched') return arrival;
    const reservation = { ...arrival.reservation, callId };
    this.#rows.set(reservation.reference, reservation);
    return { kind: 'matched', reservation };
  }

  async ofCall(callId: string): Promise<PingReservation | null> {
    return [...this.#rows.values()].find((row) => row.callId === callId) ?? null;
  }
}
