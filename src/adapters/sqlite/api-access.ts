/** API keys and idempotent requests (migration 000003) as statements, on the writer thread inside its transaction and on the reader. */
import type { Database } from 'better-sqlite3';
import type {
  IdempotencyState,
  IdempotentRequest,
  KeptAnswer,
} from '../../application/ports/idempotency-repository.js';
import { assertNever } from '../../domain/assert-never.js';
import type { ApiKey } from '../../domain/campaigns/api-key.js';
import { mapRows } from './row-map.js';

export type ApiWrite =
  | { readonly kind: 'add-key'; readonly key: ApiKey }
  /** Answers with the key, or null. */
  | { readonly kind: 'revoke-key'; readonly id: string; readonly at: number }
  | { readonly kind: 'touch-key'; readonly id: string; readonly at: number }
  /** Answers with the IdempotencyState. */
  | { readonly kind: 'begin-request'; readonly request: IdempotentRequest; readonly at: number }
  | { readonly kind: 'finish-request'; readonly request: IdempotentRequest; readonly answer: KeptAnswer }
  | { readonly kind: 'abandon-request'; readonly request: IdempotentRequest }
  | { readonly kind: 'abandon-requests' };

export type ApiRead = { readonly kind: 'find-key'; readonly prefix: string } | { readonly kind: 'list-keys' };

const KEPT_MS = 24 * 3_600_000;

const KEYS = mapRows<ApiKey>('api_keys', {
  id: 'plain',
  name: 'plain',
  prefix: 'plain',
  sha256: 'plain',
  scopes: 'json',
  createdAt: 'ms',
  lastUsedAt: 'ms',
  revokedAt: 'ms',
});

const SELECT_KEYS = `SELECT ${KEYS.selection} FROM api_keys`;
const OF_REQUEST = 'WHERE api_key_id = @apiKeyId AND key = @key';

function revoke(database: Database, id: string, at: number): ApiKey | null {
  database.prepare('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL').run(at, id);
  const row = database.prepare(`${SELECT_KEYS} WHERE id = ?`).get(id);
  return row === undefined ? null : KEYS.decode(row);
}

interface RequestRow {
  readonly requestHash: string;
  readonly status: number | null;
  readonly body: string | null;
  readonly headers: string | null;
}

function begin(database: Database, request: IdempotentRequest, at: number): IdempotencyState {
  database.prepare('DELETE FROM idempotent_requests WHERE begun_at <= ?').run(at - KEPT_MS);
  const insert = database.prepare(
    `INSERT INTO idempotent_requests (api_key_id, key, request_hash, begun_at)
     VALUES (@apiKeyId, @key, @requestHash, @at) ON CONFLICT DO NOTHING`,
  );
  if (insert.run({ ...request, at }).changes > 0) return { kind: 'begun' };
  const columns = 'request_hash AS "requestHash", status, body, headers';
  const select = database.prepare(`SELECT ${columns} FROM idempotent_requests ${OF_REQUEST}`);
  const { apiKeyId, key } = request;
  const { requestHash, status, body, headers } = select.get({ apiKeyId, key }) as RequestRow;
  if (status === null) return { kind: 'in-progress', requestHash };
  const answer = { status, body: body ?? '', headers: JSON.parse(headers ?? '{}') as Record<string, string> };
  return { kind: 'answered', requestHash, answer };
}

function finish(database: Database, { apiKeyId, key }: IdempotentRequest, answer: KeptAnswer): void {
  const { status, body, headers } = answer;
  database
    .prepare(`UPDATE idempotent_requests SET status = @status, body = @body, headers = @headers ${OF_REQUEST}`)
    .run({ apiKeyId, key, status, body, headers: JSON.stringify(headers) });
}

export function writeApi(database: Database, write: ApiWrite): unknown {
  switch (write.kind) {
    case 'add-key':
      return void database.prepare(KEYS.insertSql).run(KEYS.encode(write.key));
    case 'revoke-key':
      return revoke(database, write.id, write.at);
    case 'touch-key':
      return void database.prepare('UPDATE api_keys SET last_used_at = ? WHERE id = ?').run(write.at, write.id);
    case 'begin-request':
      return begin(database, write.request, write.at);
    case 'finish-request':
      return finish(database, write.request, write.answer);
    case 'abandon-request': {
      const { apiKeyId, key } = write.request;
      const remove = `DELETE FROM idempotent_requests ${OF_REQUEST} AND status IS NULL`;
      return void database.prepare(remove).run({ apiKeyId, key });
    }
    case 'abandon-requests':
      return void database.prepare('DELETE FROM idempotent_requests WHERE status IS NULL').run();
    default:
      return assertNever(write);
  }
}

export function readApi(database: Database, read: ApiRead): ApiKey | null | readonly ApiKey[] {
  if (read.kind === 'list-keys')
    return database.prepare(`${SELECT_KEYS} ORDER BY created_at, id`).all().map(KEYS.decode);
  const row = database.prepare(`${SELECT_KEYS} WHERE prefix = ?`).get(read.prefix);
  return row === undefined ? null : KEYS.decode(row);
}
