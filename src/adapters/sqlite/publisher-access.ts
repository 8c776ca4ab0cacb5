/** Keys of publishers and what they were promised (migration 000010) as statements, on the writer thread and on the reader. */
import type { Database } from 'better-sqlite3';
import { type ArrivingCall, REMEMBERED_MS } from '../../application/ports/ping-reservations.js';
import { assertNever } from '../../domain/assert-never.js';
import { type Arrival, judgeArrival, type PingReservation } from '../../domain/bidding/ping-reservation.js';
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';
import { mapRows } from './row-map.js';

export type PublisherWrite =
  | { readonly kind: 'add-key'; readonly key: PublisherKey }
  /** Answers with the key, or null. */
  | { readonly kind: 'revoke-key'; readonly id: string; readonly at: number }
  /** Answers whether it was added. */
  | { readonly kind: 'reserve'; readonly reservation: PingReservation }
  /** Answers with the Arrival. */
  | { readonly kind: 'take'; readonly call: ArrivingCall; readonly at: number };

export type PublisherRead =
  | { readonly kind: 'find-key'; readonly prefix: string }
  | { readonly kind: 'list-keys' }
  | { readonly kind: 'find-reservation'; readonly signature: string; readonly at: number }
  | { readonly kind: 'reservation-of-call'; readonly callId: string }
  | { readonly kind: 'claimed-dids'; readonly at: number };

const KEYS = mapRows<PublisherKey>('publisher_keys', {
  id: 'plain',
  name: 'plain',
  prefix: 'plain',
  sha256: 'plain',
  sourceId: 'plain',
  campaignId: 'plain',
  pingsPerMinute: 'plain',
  createdAt: 'ms',
  revokedAt: 'ms',
});

const RESERVATIONS = mapRows<PingReservation>('ping_reservations', {
  reference: 'plain',
  keyId: 'plain',
  sourceId: 'plain',
  campaignId: 'plain',
  didId: 'plain',
  callerNumber: 'plain',
  signature: 'plain',
  tags: 'json',
  bidMicros: 'plain',
  currency: 'plain',
  payoutAfterMs: 'ms',
  madeAt: 'ms',
  expiresAt: 'ms',
  offers: 'json',
  bids: 'json',
  callId: 'plain',
});

const SELECT_KEYS = `SELECT ${KEYS.selection} FROM publisher_keys`;
const SELECT_RESERVATIONS = `SELECT ${RESERVATIONS.selection} FROM ping_reservations`;
const CLAIMED = 'caller_number IS NULL AND call_id IS NULL AND expires_at > ?';

function revoke(database: Database, id: string, at: number): PublisherKey | null {
  database.prepare('UPDATE publisher_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL').run(at, id);
  const row = database.prepare(`${SELECT_KEYS} WHERE id = ?`).get(id);
  return row === undefined ? null : KEYS.decode(row);
}

function reserve(database: Database, reservation: PingReservation): boolean {
  const { callerNumber, didId, madeAt } = reservation;
  database.prepare('DELETE FROM ping_reservations WHERE expires_at <= ?').run(madeAt - REMEMBERED_MS);
  if (callerNumber === null) {
    const claimed = database.prepare(`SELECT 1 FROM ping_reservations WHERE did_id = ? AND ${CLAIMED}`);
    if (claimed.get(didId, madeAt) !== undefined) return false;
  }
  database.prepare(RESERVATIONS.insertSql).run(RESERVATIONS.encode(reservation));
  return true;
}

/** Of a caller, or of nobody, so many of one number are looked at: more than a person can be pinged for within an hour. */
const LOOKED_AT_MAX = 50;
const OF_DID = `${SELECT_RESERVATIONS} WHERE did_id = @didId`;
const NEWEST = `ORDER BY expires_at DESC, reference LIMIT ${LOOKED_AT_MAX}`;

/** A number may have thousands of pings that stand: of those for other callers one is enough to say that there are some. */
function candidates(database: Database, { didId, callerNumber }: ArrivingCall, at: number): readonly PingReservation[] {
  const own = database.prepare(`${OF_DID} AND caller_number = @callerNumber ${NEWEST}`).all({ didId, callerNumber });
  const anybodys = database.prepare(`${OF_DID} AND caller_number IS NULL ${NEWEST}`).all({ didId });
  const other = database.prepare(
    `${OF_DID} AND expires_at > @at AND caller_number <> @callerNumber AND call_id IS NULL LIMIT 1`,
  );
  return [...own, ...anybodys, ...other.all({ didId, callerNumber, at })].map(RESERVATIONS.decode);
}

function take(database: Database, call: ArrivingCall, at: number): Arrival {
  const { callId, callerNumber } = call;
  const arrival = judgeArrival(candidates(database, call, at), callerNumber, at);
  if (arrival.kind === 'unmatched') return arrival;
  const { reference } = arrival.reservation;
  database.prepare('UPDATE ping_reservations SET call_id = ? WHERE reference = ?').run(callId, reference);
  return { kind: 'matched', reservation: { ...arrival.reservation, callId } };
}

export function writePublisher(database: Database, write: PublisherWrite): unknown {
  switch (write.kind) {
    case 'add-key':
      return void database.prepare(KEYS.insertSql).run(KEYS.encode(write.key));
    case 'revoke-key':
      return revoke(database, write.id, write.at);
    case 'reserve':
      return reserve(database, write.reservation);
    case 'take':
      return take(database, write.call, write.at);
    default:
      return assertNever(write);
  }
}

export function readPublisher(database: Database, read: PublisherRead): unknown {
  switch (read.kind) {
    case 'find-key': {
      const row = database.prepare(`${SELECT_KEYS} WHERE prefix = ?`).get(read.prefix);
      return row === undefined ? null : KEYS.decode(row);
    }
    case 'list-keys':
      return database.prepare(`${SELECT_KEYS} ORDER BY created_at, id`).all().map(KEYS.decode);
    case 'find-reservation': {
      const standing = `${SELECT_RESERVATIONS} WHERE signature = ? AND expires_at > ? AND call_id IS NULL`;
      const row = database.prepare(`${standing} ORDER BY made_at LIMIT 1`).get(read.signature, read.at);
      return row === undefined ? null : RESERVATIONS.decode(row);
    }
    case 'reservation-of-call': {
      const row = database.prepare(`${SELECT_RESERVATIONS} WHERE call_id = ?`).get(read.callId);
      return row === undefined ? null : RESERVATIONS.decode(row);
    }
    case 'claimed-dids': {
      const select = `SELECT DISTINCT did_id FROM ping_reservations WHERE ${CLAIMED} ORDER BY did_id`;
      return database.prepare(select).pluck().all(read.at);
    }
    default:
      return assertNever(read);
  }
}
