/** Reads of calls as prepared statements, on the reader thread with its read-only handle. Never writes. */
import type { Database, Statement } from 'better-sqlite3';
import type {
  CallDetails,
  CallFilter,
  CallPosition,
  FoundCalls,
  FoundLoggedCalls,
} from '../../application/ports/call-repository.js';
import type { Call } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Recording } from '../../domain/calls/recording.js';
import { type LoggedCall, loggedCallOf, refusalsOf } from '../../domain/plans/logged-call.js';
import type { CapUse } from '../../domain/routing/cap.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import {
  BIDS,
  CALLS,
  CONTINUATIONS,
  callOfRow,
  DELIVERIES,
  DIALS,
  IS_UNFINISHED_SQL,
  LEDGER_ENTRIES,
  LEGS,
  LOGGED_BIDS,
  LOGGED_RECORDS,
  RECORDINGS,
  REPLAY_FACTS,
  TIMELINE,
  TRACES,
} from './call-rows.js';
import { CallSearch } from './call-search.js';
import type { RowMap } from './row-map.js';

function ofCallSql<Row>(map: RowMap<Row>, order: string): string {
  return `SELECT ${map.selection} FROM ${map.table} WHERE call_id = ? ORDER BY ${order}`;
}

export class CallReads {
  readonly #database: Database;
  readonly #call: Statement;
  readonly #legs: Statement;
  readonly #timeline: Statement;
  readonly #trace: Statement;
  readonly #bids: Statement;
  readonly #record: Statement;
  readonly #loggedBids: Statement;
  readonly #facts: Statement;
  readonly #recordings: Statement;
  readonly #ledger: Statement;
  readonly #newest: Statement;
  readonly #newestBefore: Statement;
  readonly #unfinished: Statement;
  readonly #continuations: Statement;
  readonly #dueDeliveries: Statement;
  readonly #recording: Statement;
  readonly #capUses: Statement;
  readonly #dials: Statement;
  readonly #unfinishedRecordings: Statement;
  readonly #search: CallSearch;

  constructor(database: Database) {
    this.#database = database;
    this.#call = database.prepare(`SELECT ${CALLS.selection} FROM calls WHERE call_id = ?`);
    this.#legs = database.prepare(ofCallSql(LEGS, 'rowid'));
    this.#timeline = database.prepare(ofCallSql(TIMELINE, 'sequence'));
    this.#trace = database.prepare(ofCallSql(TRACES, 'call_id'));
    this.#bids = database.prepare(ofCallSql(BIDS, 'sequence'));
    this.#record = database.prepare(`SELECT ${LOGGED_RECORDS.selection} FROM calls WHERE call_id = ?`);
    this.#loggedBids = database.prepare(ofCallSql(LOGGED_BIDS, 'sequence'));
    this.#facts = database.prepare(`SELECT ${REPLAY_FACTS.selection} FROM replay_facts WHERE call_id = ?`);
    this.#recordings = database.prepare(ofCallSql(RECORDINGS, 'rowid'));
    this.#ledger = database.prepare(ofCallSql(LEDGER_ENTRIES, 'sequence'));
    const page = 'ORDER BY started_at DESC, call_id DESC LIMIT @limit';
    this.#newest = database.prepare(`SELECT ${CALLS.selection} FROM calls ${page}`);
    this.#newestBefore = database.prepare(
      `SELECT ${CALLS.selection} FROM calls
       WHERE (started_at, call_id) < (SELECT started_at, call_id FROM calls WHERE call_id = @before) ${page}`,
    );
    this.#unfinished = database.prepare(
      `SELECT ${CALLS.selection} FROM calls WHERE ${IS_UNFINISHED_SQL} ORDER BY started_at, call_id`,
    );
    this.#recording = database.prepare(`SELECT ${RECORDINGS.selection} FROM recordings WHERE id = ?`);
    const newestFirst = 'PARTITION BY target_id ORDER BY ended_at DESC, rowid DESC';
    const ranked = `SELECT *, rowid AS closed, row_number() OVER (${newestFirst}) AS place FROM target_dials`;
    const oldestFirst = 'ORDER BY ended_at, closed';
    this.#dials = database.prepare(`SELECT ${DIALS.selection} FROM (${ranked}) WHERE place <= ? ${oldestFirst}`);
    this.#capUses = database.prepare('SELECT key, max(window_number) AS window, amount FROM cap_uses GROUP BY key');
    this.#dueDeliveries = database.prepare(
      `SELECT ${DELIVERIES.selection} FROM deliveries WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?`,
    );
    this.#continuations = database.prepare(`SELECT ${CONTINUATIONS.selection} FROM continuations`);
    this.#unfinishedRecordings = database.prepare(
      `SELECT ${RECORDINGS.selection} FROM recordings WHERE state = 'recording' ORDER BY started_at, id`,
    );
    this.#search = new CallSearch(database);
  }

  /** Everything of one call as it stood at one instant: all statements see the same snapshot. */
  find(callId: string): CallDetails | null {
    return this.#database.transaction(() => {
      const call = this.#call.get(callId);
      if (call === undefined) return null;
      const trace = this.#trace.get(callId);
      return {
        call: callOfRow(CALLS.decode(call)),
        legs: this.#legs.all(callId).map(LEGS.decode),
        timeline: this.#timeline.all(callId).map(TIMELINE.decode),
        trace: trace === undefined ? null : TRACES.decode(trace),
        bids: this.#bids.all(callId).map(BIDS.decode),
        recordings: this.#recordings.all(callId).map(RECORDINGS.decode),
        ledger: this.#ledger.all(callId).map(LEDGER_ENTRIES.decode),
      };
    })();
  }

  list(limit: number, before: string | null): readonly Call[] {
    const rows = before === null ? this.#newest.all({ limit }) : this.#newestBefore.all({ limit, before });
    return rows.map((row) => callOfRow(CALLS.decode(row)));
  }

  search(filter: CallFilter, limit: number, after: CallPosition | null): FoundCalls {
    return this.#database.transaction(() => this.#search.search(filter, limit, after))();
  }

  logged(filter: CallFilter, limit: number, after: CallPosition | null): FoundLoggedCalls {
    return this.#database.transaction(() => {
      const { callIds, next } = this.#search.find(filter, limit, after);
      return { calls: callIds.flatMap((callId) => this.#logged(callId) ?? []), next };
    })();
  }

  loggedCall(callId: string): LoggedCall | null {
    return this.#database.transaction(() => this.#logged(callId))();
  }

  #logged(callId: string): LoggedCall | null {
    const row = this.#record.get(callId);
    if (row === undefined) return null;
    const call = LOGGED_RECORDS.decode(row);
    const bids = this.#loggedBids.all(callId).map(LOGGED_BIDS.decode);
    const facts = this.#facts.get(callId);
    if (facts !== undefined) {
      const { failed, barred, pingTags } = REPLAY_FACTS.decode(facts);
      return loggedCallOf(call, bids, { failed, barred }, pingTags ?? {});
    }
    // Calls of before the table have a trace alone.
    const trace = this.#trace.get(callId);
    return loggedCallOf(call, bids, trace === undefined ? null : refusalsOf(TRACES.decode(trace)));
  }

  findRecording(recordingId: string): Recording | null {
    const row = this.#recording.get(recordingId);
    return row === undefined ? null : RECORDINGS.decode(row);
  }

  targetDials(perTarget: number): readonly TargetDial[] {
    return this.#dials.all(perTarget).map(DIALS.decode);
  }

  capUses(): readonly CapUse[] {
    return this.#capUses.all() as CapUse[];
  }

  unfinished(): readonly Call[] {
    return this.#unfinished.all().map((row) => callOfRow(CALLS.decode(row)));
  }

  dueDeliveries(at: number, limit: number): readonly Delivery[] {
    return this.#dueDeliveries.all(at, limit).map(DELIVERIES.decode);
  }

  continuations(): readonly Continuation[] {
    return this.#continuations.all().map(CONTINUATIONS.decode);
  }

  unfinishedRecordings(): readonly Recording[] {
    return this.#unfinishedRecordings.all().map(RECORDINGS.decode);
  }
}
