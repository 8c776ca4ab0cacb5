/** Runs of plans beside live calls and their choices, on the writer thread (inside its transaction) and on the reader thread. */
import type { Database } from 'better-sqlite3';
import type { ChoicePosition, ComparedPage, StoredRun } from '../../application/ports/shadow-repository.js';
import { assertNever } from '../../domain/assert-never.js';
import type { ComparedChoice, ShadowChoice, ShadowRun } from '../../domain/plans/shadow.js';
import { mapRows, overwriteSql } from './row-map.js';

export type ShadowWrite =
  | { readonly kind: 'save-run'; readonly run: ShadowRun }
  | { readonly kind: 'save-choice'; readonly choice: ShadowChoice };

export type ShadowRead =
  | { readonly kind: 'shadow-runs' }
  | {
      readonly kind: 'compared';
      readonly runId: string;
      readonly limit: number;
      readonly after: ChoicePosition | null;
    }
  | { readonly kind: 'choices-of-call'; readonly callId: string };

const RUNS = mapRows<ShadowRun>('shadow_runs', {
  id: 'plain',
  plan: 'json',
  campaignId: 'plain',
  callsWanted: 'plain',
  startedAt: 'ms',
  startedBy: 'plain',
  stoppedAt: 'ms',
  stoppedBy: 'plain',
});

/** `from` and `to` are words of SQL. */
interface ChoiceRow extends Omit<ShadowChoice, 'from' | 'to'> {
  readonly chosenFrom: ShadowChoice['from'];
  readonly chosenTo: ShadowChoice['to'];
}

const CHOICES = mapRows<ChoiceRow>('shadow_choices', {
  runId: 'plain',
  callId: 'plain',
  startedAt: 'ms',
  chosenFrom: 'json',
  chosenTo: 'json',
  replay: 'json',
  failed: 'json',
  asked: 'plain',
  trace: 'json',
});

function choiceOfRow({ chosenFrom: from, chosenTo: to, ...rest }: ChoiceRow): ShadowChoice {
  return { ...rest, from, to };
}

export function writeShadow(database: Database, write: ShadowWrite): null {
  switch (write.kind) {
    case 'save-run': {
      const sql = `${RUNS.insertSql} ON CONFLICT (id) DO UPDATE SET ${overwriteSql(RUNS, ['id'])}`;
      database.prepare(sql).run(RUNS.encode(write.run));
      return null;
    }
    case 'save-choice': {
      const { from: chosenFrom, to: chosenTo, ...rest } = write.choice;
      const keys = ['runId', 'callId'];
      const sql = `${CHOICES.insertSql} ON CONFLICT (run_id, call_id) DO UPDATE SET ${overwriteSql(CHOICES, keys)}`;
      database.prepare(sql).run(CHOICES.encode({ ...rest, chosenFrom, chosenTo }));
      return null;
    }
    default:
      return assertNever(write);
  }
}

interface ComparedRow {
  readonly callId: string;
  readonly startedAt: number;
  readonly replay: string | null;
  readonly failed: string;
  readonly targetId: string | null;
  readonly buyerId: string | null;
  readonly bridgedAt: number | null;
  readonly priceMicros: number | null;
}

const COMPARED_SQL = `SELECT s.call_id AS callId, s.started_at AS startedAt, s.replay, s.failed,
    c.target_id AS targetId, c.buyer_id AS buyerId, c.bridged_at AS bridgedAt, c.price_micros AS priceMicros
  FROM shadow_choices s JOIN calls c USING (call_id)
  WHERE s.run_id = @runId AND (s.started_at, s.call_id) < (@startedAt, @callId)
  ORDER BY s.started_at DESC, s.call_id DESC LIMIT @limit`;

const END: ChoicePosition = { startedAt: Number.MAX_SAFE_INTEGER, callId: '' };

function compared(
  database: Database,
  { runId, limit, after }: Extract<ShadowRead, { kind: 'compared' }>,
): ComparedPage {
  const rows = database.prepare(COMPARED_SQL).all({ runId, ...(after ?? END), limit: limit + 1 }) as ComparedRow[];
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const choices = page.map(({ startedAt: _startedAt, replay, failed, ...call }): ComparedChoice => {
    return { call: { call, failed: JSON.parse(failed) }, replay: replay === null ? null : JSON.parse(replay) };
  });
  const isMore = rows.length > page.length && last !== undefined;
  return { choices, next: isMore ? { startedAt: last.startedAt, callId: last.callId } : null };
}

export function readShadows(
  database: Database,
  read: ShadowRead,
): readonly StoredRun[] | ComparedPage | readonly ShadowChoice[] {
  switch (read.kind) {
    case 'shadow-runs': {
      const count = database.prepare('SELECT count(*) FROM shadow_choices WHERE run_id = ?').pluck();
      const runs = database.prepare(`SELECT ${RUNS.selection} FROM shadow_runs ORDER BY started_at DESC, id`).all();
      return runs.map(RUNS.decode).map((run) => ({ run, calls: Number(count.get(run.id)) }));
    }
    case 'compared':
      return compared(database, read);
    case 'choices-of-call': {
      const select = `SELECT ${CHOICES.selection} FROM shadow_choices WHERE call_id = ? ORDER BY run_id`;
      return database.prepare(select).all(read.callId).map(CHOICES.decode).map(choiceOfRow);
    }
    default:
      return assertNever(read);
  }
}
