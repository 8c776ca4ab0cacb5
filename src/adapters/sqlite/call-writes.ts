/**
 * Writes of calls as prepared statements, on the writer thread and inside its transaction. What makes a second closing
 * harmless stands in the statements and not in the code around them: a terminal state is never overwritten, a ledger key
 * is unique.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { CallClosing, CallProgress } from '../../application/ports/call-repository.js';
import type { HistoryQuestion } from '../../application/ports/caller-histories.js';
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import type { Call, CallState } from '../../domain/calls/call.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import { refusalsOf } from '../../domain/plans/logged-call.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import {
  BIDS,
  CALLS,
  CONTINUATIONS,
  DELIVERIES,
  DIALS,
  IS_UNFINISHED_SQL,
  LEDGER_ENTRIES,
  LEGS,
  RECORDINGS,
  rowOfCall,
  TIMELINE,
  TRACES,
} from './call-rows.js';
import { ContactReads, ContactWrites } from './caller-contacts.js';
import { columnOf, overwriteSql, type RowMap } from './row-map.js';
import { StorageError } from './storage-error.js';
import { TerminalCallError } from './store-requests.js';

/** Insert of a row that belongs to a call and does not name it itself. */
function insertOfCallSql<Row>(map: RowMap<Row>, keys: readonly string[], conflict: string): string {
  const fields = [...keys, ...map.fields];
  const columns = fields.map(columnOf).join(', ');
  return `INSERT INTO ${map.table} (${columns}) VALUES (${fields.map((field) => `@${field}`).join(', ')}) ${conflict}`;
}

/** Known when the call comes, and each with an index of its own: SQLite writes the index of every column that an UPDATE names, changed or not. */
const ARRIVAL = ['callId', 'trunkId', 'didId', 'campaignId', 'sourceId', 'callerNumber', 'startedAt'];

const assignmentsOf = (fields: readonly string[]): string =>
  fields.map((field) => `${columnOf(field)} = @${field}`).join(', ');

const UPDATE_SQL = `UPDATE calls SET ${assignmentsOf(CALLS.fields)} WHERE call_id = @callId AND ${IS_UNFINISHED_SQL}`;

/** Changes nothing when anything of the arrival has changed. */
const UPDATE_AFTER_ARRIVAL_SQL = `UPDATE calls SET ${assignmentsOf(CALLS.fields.filter((field) => !ARRIVAL.includes(field)))}
  WHERE ${ARRIVAL.map((field) => `${columnOf(field)} IS @${field}`).join(' AND ')} AND ${IS_UNFINISHED_SQL}`;

export class CallWrites {
  readonly #open: Statement;
  readonly #save: Statement;
  readonly #saveAfterArrival: Statement;
  readonly #record: Statement;
  readonly #stateOf: Statement;
  readonly #markClosed: Statement;
  readonly #saveLeg: Statement;
  readonly #saveRecording: Statement;
  readonly #saveContinuation: Statement;
  readonly #forgetContinuation: Statement;
  readonly #lastSequence: Statement;
  readonly #addTimeline: Statement;
  readonly #saveTrace: Statement;
  readonly #saveFacts: Statement;
  readonly #addBid: Statement;
  readonly #addLedgerEntry: Statement;
  readonly #addDelivery: Statement;
  readonly #settleDelivery: Statement;
  readonly #addCapUse: Statement;
  readonly #addDial: Statement;
  readonly #contacts: ContactWrites;
  readonly #histories: ContactReads;

  constructor(database: Database) {
    this.#contacts = new ContactWrites(database);
    this.#histories = new ContactReads(database);
    this.#open = database.prepare(CALLS.insertSql);
    this.#save = database.prepare(UPDATE_SQL);
    this.#saveAfterArrival = database.prepare(UPDATE_AFTER_ARRIVAL_SQL);
    // A call whose opening could not be written (a full disk, say) is still recorded when it ends.
    this.#record = database.prepare(
      `${CALLS.insertSql} ON CONFLICT (call_id) DO UPDATE SET ${overwriteSql(CALLS, ['callId'])}
       WHERE calls.${IS_UNFINISHED_SQL}`,
    );
    this.#stateOf = database.prepare('SELECT state FROM calls WHERE call_id = ?').pluck();
    this.#markClosed = database.prepare('UPDATE calls SET is_closed = 1 WHERE call_id = ? AND is_closed = 0');
    this.#saveLeg = database.prepare(
      `${LEGS.insertSql} ON CONFLICT (leg_id) DO UPDATE SET ${overwriteSql(LEGS, ['legId', 'callId'])}`,
    );
    this.#saveRecording = database.prepare(
      `${RECORDINGS.insertSql} ON CONFLICT (id) DO UPDATE SET ${overwriteSql(RECORDINGS, ['id', 'callId'])}`,
    );
    this.#lastSequence = database.prepare('SELECT max(sequence) FROM timeline WHERE call_id = ?').pluck();
    this.#addDial = database.prepare(DIALS.insertSql);
    this.#addCapUse = database.prepare(
      `INSERT INTO cap_uses (key, window_number, amount) VALUES (@key, @window, @amount)
       ON CONFLICT (key, window_number) DO UPDATE SET amount = amount + excluded.amount`,
    );
    this.#saveContinuation = database.prepare(
      `${CONTINUATIONS.insertSql} ON CONFLICT (call_id) DO UPDATE SET ${overwriteSql(CONTINUATIONS, ['callId'])}`,
    );
    this.#forgetContinuation = database.prepare('DELETE FROM continuations WHERE call_id = ?');
    // A checkpoint may have written some of it already.
    const numbered = 'ON CONFLICT (call_id, sequence) DO NOTHING';
    this.#addTimeline = database.prepare(insertOfCallSql(TIMELINE, ['callId', 'sequence'], numbered));
    this.#addBid = database.prepare(insertOfCallSql(BIDS, ['callId', 'sequence'], numbered));
    const replaced = `ON CONFLICT (call_id) DO UPDATE SET ${overwriteSql(TRACES, [])}`;
    this.#saveTrace = database.prepare(insertOfCallSql(TRACES, ['callId'], replaced));
    // A reservation is forgotten an hour after it expired, and what it said with it.
    this.#saveFacts = database.prepare(
      `INSERT INTO replay_facts (call_id, failed, barred, ping_tags)
       VALUES (@callId, @failed, @barred, (SELECT tags FROM ping_reservations WHERE call_id = @callId))
       ON CONFLICT (call_id) DO UPDATE SET failed = excluded.failed, barred = excluded.barred`,
    );
    this.#addDelivery = database.prepare(`${DELIVERIES.insertSql} ON CONFLICT (item_id, way) DO NOTHING`);
    this.#settleDelivery = database.prepare(
      `UPDATE deliveries SET state = @state, attempts = @attempts, due_at = @dueAt, detail = @detail
       WHERE item_id = @itemId AND way = @way AND state = 'waiting'`,
    );
    this.#addLedgerEntry = database.prepare(`${LEDGER_ENTRIES.insertSql} ON CONFLICT (key) DO NOTHING`);
  }

  /** What is asked is read from pages that the call is written into anyway. */
  open(call: Call, asked: HistoryQuestion | null): CallerHistory | null {
    this.#open.run(CALLS.encode(rowOfCall(call)));
    if (asked === null) return null;
    try {
      return this.#histories.of(asked);
    } catch {
      return null;
    }
  }

  save(call: Call, progress: CallProgress | null): void {
    if (this.#update(call)) {
      if (call.state === 'bridged') this.#contacts.keep(call);
      if (progress !== null) this.#saveProgress(call.callId, progress);
      return;
    }
    const state = this.#stateOf.get(call.callId) as CallState | undefined;
    if (state === undefined) throw new StorageError('not-found', `call ${call.callId} is not in the store`);
    throw new TerminalCallError(state, call.state);
  }

  /** False when it is not in the store or has ended. */
  #update(call: Call): boolean {
    const row = CALLS.encode(rowOfCall(call));
    return this.#saveAfterArrival.run(row).changes > 0 || this.#save.run(row).changes > 0;
  }

  saveLeg(leg: Leg): void {
    this.#saveLeg.run(LEGS.encode(leg));
  }

  saveRecording(recording: Recording, told: TimelineEntry | null): void {
    this.#saveRecording.run(RECORDINGS.encode(recording));
    if (told !== null) this.appendTimeline(recording.callId, [told]);
  }

  appendTimeline(callId: string, entries: readonly TimelineEntry[]): void {
    const last = this.#lastSequence.get(callId) as number | null;
    this.#saveTimeline(callId, (last ?? -1) + 1, entries);
  }

  /** `timeline` and `bids` begin behind what is `stored`. */
  close(closing: CallClosing): void {
    const { callId } = closing.call;
    if (!this.#update(closing.call)) this.#record.run(CALLS.encode(rowOfCall(closing.call)));
    if (this.#markClosed.run(callId).changes === 0) return;
    this.#contacts.keep(closing.call);
    this.#saveTimeline(callId, closing.stored?.timeline ?? 0, closing.timeline);
    this.#saveBids(callId, closing.stored?.bids ?? 0, closing.bids);
    if (closing.trace !== null) this.#keepTrace(callId, closing.trace);
    this.#forgetContinuation.run(callId);
    for (const entry of closing.ledger) this.#addLedgerEntry.run(LEDGER_ENTRIES.encode(entry));
    for (const use of closing.capUses) this.#addCapUse.run(use);
    for (const dial of closing.dials) this.#addDial.run(DIALS.encode(dial));
    for (const delivery of closing.deliveries) this.#addDelivery.run(DELIVERIES.encode(delivery));
  }

  settleDelivery(delivery: Delivery): void {
    const { itemId, way, state, attempts, dueAt, detail } = DELIVERIES.encode(delivery);
    this.#settleDelivery.run({ itemId, way, state, attempts, dueAt, detail });
  }

  #saveProgress(callId: string, { continuation, timeline, bids, trace }: CallProgress): void {
    if (continuation !== null) this.#saveContinuation.run(CONTINUATIONS.encode(continuation));
    this.#saveTimeline(callId, timeline.from, timeline.entries);
    this.#saveBids(callId, bids.from, bids.entries);
    if (trace !== null) this.#keepTrace(callId, trace);
  }

  #keepTrace(callId: string, trace: DecisionTrace): void {
    this.#saveTrace.run({ callId, ...TRACES.encode(trace) });
    const { failed, barred } = refusalsOf(trace);
    this.#saveFacts.run({ callId, failed: JSON.stringify(failed), barred: JSON.stringify(barred) });
  }

  #saveTimeline(callId: string, from: number, entries: readonly TimelineEntry[]): void {
    entries.forEach((entry, index) => {
      this.#addTimeline.run({ callId, sequence: from + index, ...TIMELINE.encode(entry) });
    });
  }

  #saveBids(callId: string, from: number, bids: readonly BidRecord[]): void {
    bids.forEach((bid, index) => {
      this.#addBid.run({ callId, sequence: from + index, ...BIDS.encode(bid) });
    });
  }
}
