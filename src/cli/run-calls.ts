/** `ringpost calls`: the call log of a running app, newest first, by the conditions of the API. */
import { formatMicros } from '../domain/money/money.js';
import { askApi } from './api-client.js';
import type { ApiAccess } from './client-environment.js';

/** As the query of GET /api/v1/calls names them, with what each asks for; the API checks them. */
export const CONDITIONS = {
  campaign: 'calls of this campaign',
  source: 'calls of this source',
  buyer: 'calls that this buyer took',
  target: 'calls that this target took',
  trunk: 'calls from this trunk',
  did: 'calls to this DID, by its id',
  caller: 'calls of this number, in full; the key needs calls:read-numbers',
  outcome: 'calls that ended so, such as sold',
  state: 'calls in this state, such as bridged',
  from: 'calls from this time on, such as 2026-11-21T15:00:00Z',
  to: 'calls before this time',
} as const;

export type CallConditions = Readonly<Partial<Record<keyof typeof CONDITIONS, string>>>;

export interface RunCallsOptions {
  readonly api: ApiAccess;
  readonly conditions: CallConditions;
  readonly limit: number;
  /** A line of JSON for each call. */
  readonly isJson: boolean;
  readonly print: (line: string) => void;
}

/** Of a call of the API, what a line shows. */
interface ListedCall {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly startedAt: string;
  readonly callerNumber: string;
  readonly calledNumber: string;
  readonly campaignId: string | null;
  readonly buyerId: string | null;
  readonly talkMs: number;
  readonly priceMicros: number | null;
  readonly currency: string | null;
}

interface Page {
  readonly items: readonly ListedCall[];
  readonly nextCursor: string | null;
}

const PAGE_MAX = 200;

function lineOf(call: ListedCall): string {
  const price =
    call.priceMicros === null || call.currency === null ? '-' : formatMicros(call.priceMicros, call.currency);
  return [
    call.startedAt.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    `${call.callerNumber} -> ${call.calledNumber}`,
    (call.outcome ?? call.state).padEnd(18),
    `${(call.talkMs / 1_000).toFixed(1)} s`.padStart(9),
    price.padStart(12),
    `${call.campaignId ?? '-'} / ${call.buyerId ?? '-'}`,
    call.id,
  ].join('  ');
}

/** Answers the exit status. Rejects with the sentence of the API when it refuses. */
export async function runCalls({ api, conditions, limit, isJson, print }: RunCallsOptions): Promise<number> {
  let left = limit;
  for (let cursor: string | null = ''; cursor !== null && left > 0; ) {
    const query = new URLSearchParams({ ...conditions, limit: String(Math.min(left, PAGE_MAX)) });
    if (cursor !== '') query.set('cursor', cursor);
    const { items, nextCursor } = (await askApi(api, `/api/v1/calls?${query}`)) as Page;
    for (const call of items) print(isJson ? JSON.stringify(call) : lineOf(call));
    left -= items.length;
    cursor = nextCursor;
  }
  if (left === limit && !isJson) print('no call fits');
  return 0;
}
