/** Records of faxes (migration 000034) as statements, on the writer thread and on the reader. */
import type { Database } from 'better-sqlite3';
import { assertNever } from '../../domain/assert-never.js';
import type { Fax } from '../../domain/calls/fax.js';
import { mapRows, overwriteSql } from './row-map.js';

export interface FaxWrite {
  readonly kind: 'save-fax';
  readonly fax: Fax;
}

export type FaxRead =
  | { readonly kind: 'find-fax'; readonly id: string }
  | { readonly kind: 'list-faxes'; readonly limit: number; readonly before: string | null }
  | { readonly kind: 'unfinished-faxes' };

const FAXES = mapRows<Fax>('faxes', {
  id: 'plain',
  callId: 'plain',
  didId: 'plain',
  campaignId: 'plain',
  state: 'plain',
  startedAt: 'ms',
  callerNumber: 'plain',
  senderStation: 'plain',
  pages: 'plain',
  rate: 'plain',
  isT38: 'boolean',
  tiffPath: 'plain',
  pdfPath: 'plain',
  failure: 'plain',
});

const SELECT = `SELECT ${FAXES.selection} FROM faxes`;

export function writeFax(database: Database, { fax }: FaxWrite): void {
  const sql = `${FAXES.insertSql} ON CONFLICT (id) DO UPDATE SET ${overwriteSql(FAXES, ['id'])}`;
  database.prepare(sql).run(FAXES.encode(fax));
}

export function readFaxes(database: Database, read: FaxRead): Fax | null | readonly Fax[] {
  switch (read.kind) {
    case 'find-fax': {
      const row = database.prepare(`${SELECT} WHERE id = ?`).get(read.id);
      return row === undefined ? null : FAXES.decode(row);
    }
    case 'list-faxes': {
      const { before, limit } = read;
      const sql = `${SELECT} WHERE @before IS NULL OR id < @before ORDER BY id DESC LIMIT @limit`;
      return database.prepare(sql).all({ before, limit }).map(FAXES.decode);
    }
    case 'unfinished-faxes':
      return database.prepare(`${SELECT} WHERE state = 'receiving' ORDER BY id`).all().map(FAXES.decode);
    default:
      return assertNever(read);
  }
}
