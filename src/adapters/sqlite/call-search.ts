/**
 * The search of the call log, on the reader thread. Each search is led by one index, chosen by what usually leaves the
 * fewest calls, and walks it from the newest; the other conditions are checked on the way. The rows that a page may look
 * at are bounded, so that its cost does not grow with the log. Never writes.
 */
import type { Database, Statement } from 'better-sqlite3';
import {
  type CallFilter,
  type CallPosition,
  type FoundCalls,
  SEARCH_ROWS_MAX,
} from '../../application/ports/call-repository.js';
import { CALLS, callOfRow, IS_UNFINISHED_SQL } from './call-rows.js';

interface Lead {
  readonly index: string;
  /** Holds for every call of the index that is walked. */
  readonly conditionSql: string | null;
  readonly suits: (filter: CallFilter) => boolean;
}

const isTerminalState = (state: CallFilter['state']): boolean => state === 'refused' || state === 'ended';

/** In the order in which they are tried. Conditions of partial indexes stand here in the words of migration 000004. */
const LEADS: readonly Lead[] = [
  {
    index: 'calls_by_caller',
    conditionSql: 'caller_number = @callerNumber',
    suits: (filter) => filter.callerNumber !== null,
  },
  {
    index: 'calls_unfinished',
    conditionSql: IS_UNFINISHED_SQL,
    suits: ({ state }) => state !== null && !isTerminalState(state),
  },
  { index: 'calls_by_target', conditionSql: 'target_id = @targetId', suits: (filter) => filter.targetId !== null },
  { index: 'calls_by_buyer', conditionSql: 'buyer_id = @buyerId', suits: (filter) => filter.buyerId !== null },
  { index: 'calls_by_did', conditionSql: 'did_id = @didId', suits: (filter) => filter.didId !== null },
  { index: 'calls_by_source', conditionSql: 'source_id = @sourceId', suits: (filter) => filter.sourceId !== null },
  {
    index: 'calls_by_campaign',
    conditionSql: 'campaign_id = @campaignId',
    suits: (filter) => filter.campaignId !== null,
  },
  { index: 'calls_by_outcome', conditionSql: 'outcome = @outcome', suits: (filter) => filter.outcome !== null },
  { index: 'calls_by_trunk', conditionSql: 'trunk_id = @trunkId', suits: (filter) => filter.trunkId !== null },
  { index: 'calls_refused', conditionSql: "state = 'refused'", suits: ({ state }) => state === 'refused' },
  { index: 'calls_by_start', conditionSql: null, suits: () => true },
];

const FIELDS = [
  ['callerNumber', 'caller_number'],
  ['targetId', 'target_id'],
  ['buyerId', 'buyer_id'],
  ['didId', 'did_id'],
  ['sourceId', 'source_id'],
  ['campaignId', 'campaign_id'],
  ['outcome', 'outcome'],
  ['trunkId', 'trunk_id'],
  ['state', 'state'],
] as const satisfies readonly (readonly [keyof CallFilter, string])[];

const IS_WANTED_SQL = FIELDS.map(([field, column]) => `(@${field} IS NULL OR ${column} = @${field})`).join(' AND ');

/** `INDEXED BY` makes SQLite refuse the statement rather than read the whole table when the index cannot serve it. */
function scanSql({ index, conditionSql }: Lead): string {
  const lead = conditionSql === null ? '' : `${conditionSql} AND `;
  return `SELECT started_at, call_id, ${IS_WANTED_SQL} FROM calls INDEXED BY ${index}
    WHERE ${lead}started_at >= @startedFrom AND (started_at, call_id) < (@startedAt, @callId)
    ORDER BY started_at DESC, call_id DESC`;
}

/** The statement that a search runs, for whoever wants to see its plan. */
export function searchSql(filter: CallFilter): string {
  return scanSql(leadOf(filter));
}

function leadOf(filter: CallFilter): Lead {
  const lead = LEADS.find((candidate) => candidate.suits(filter));
  if (lead === undefined) throw new Error('the last index leads every search');
  return lead;
}

export class CallSearch {
  readonly #scans: ReadonlyMap<string, Statement>;
  readonly #call: Statement;
  readonly #rowsMax: number;

  constructor(database: Database, rowsMax = SEARCH_ROWS_MAX) {
    this.#rowsMax = rowsMax;
    this.#scans = new Map(LEADS.map((lead) => [lead.index, database.prepare(scanSql(lead)).raw()]));
    this.#call = database.prepare(`SELECT ${CALLS.selection} FROM calls WHERE call_id = ?`);
  }

  /** To be run inside a transaction, so that all statements see the same log. */
  search(filter: CallFilter, limit: number, after: CallPosition | null): FoundCalls {
    const { callIds, next } = this.find(filter, limit, after);
    return { calls: callIds.map((callId) => callOfRow(CALLS.decode(this.#call.get(callId)))), next };
  }

  /** As `search`, without looking at the calls themselves. */
  find(
    filter: CallFilter,
    limit: number,
    after: CallPosition | null,
  ): { readonly callIds: readonly string[]; readonly next: CallPosition | null } {
    const scan = this.#scans.get(leadOf(filter).index);
    const { startedFrom, startedBefore, ...fields } = filter;
    const end = { startedAt: startedBefore ?? Number.MAX_SAFE_INTEGER, callId: '' };
    const upper = after !== null && after.startedAt < end.startedAt ? after : end;
    const parameters = { ...fields, startedFrom: startedFrom ?? Number.MIN_SAFE_INTEGER, ...upper };
    const wanted: string[] = [];
    let last: CallPosition | null = null;
    let scanned = 0;
    for (const row of scan?.iterate(parameters) ?? []) {
      // One row beyond the page tells whether there is another page.
      if (wanted.length === limit || scanned === this.#rowsMax) return { callIds: wanted, next: last };
      const [startedAt, callId, isWanted] = row as [number, string, number];
      scanned += 1;
      last = { startedAt, callId };
      if (isWanted === 1) wanted.push(callId);
    }
    return { callIds: wanted, next: null };
  }
}
