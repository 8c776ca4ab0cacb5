/** Cursor paging of lists that are sorted by id. A cursor is opaque to the client and names the last id of a page. */
import Type from 'typebox';
import { Problem } from './problem.js';

export const PAGE_QUERY = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'a whole number from 1 to 500' }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 200, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);

const DEFAULT_LIMIT = 100;

function idOf(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('id:')) throw new Problem('malformed-request', 'the cursor is none that this API gave out');
  return text.slice(3);
}

/** Rows must be sorted by id, code unit by code unit. */
export function pageOf<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { limit = DEFAULT_LIMIT, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const after = cursor === undefined ? null : idOf(cursor);
  const rest = after === null ? rows : rows.filter(({ id }) => id > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const isMore = last !== undefined && rest.length > page.length;
  return { rows: page, nextCursor: isMore ? Buffer.from(`id:${last.id}`).toString('base64url') : null };
}
