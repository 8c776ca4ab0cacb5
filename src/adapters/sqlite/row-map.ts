/**
 * Between a record of the domain and a row: a table is described once, column by column, and the statements and both
 * directions follow from it. A field that the domain gets and the description lacks does not compile. Field names are
 * camelCase, columns the same words in snake_case.
 */

/** `plain` goes as it is; `ms` is rounded, since a monotonic clock has fractions and columns are whole numbers. */
export type ColumnKind = 'plain' | 'ms' | 'boolean' | 'json';

export type SqlValue = string | number | null;

export type ColumnKinds<Row> = { readonly [Field in keyof Row & string]-?: ColumnKind };

export interface RowMap<Row> {
  readonly table: string;
  /** Field names in the order of the description. */
  readonly fields: readonly string[];
  /** `column AS "field"` for each field. */
  readonly selection: string;
  /** Statement that puts a row in; its parameters are named by field. */
  readonly insertSql: string;
  encode(row: Row): Record<string, SqlValue>;
  decode(raw: unknown): Row;
}

export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function encodeValue(kind: ColumnKind, value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'plain':
      return value as SqlValue;
    case 'ms':
      return Math.round(Number(value));
    case 'boolean':
      return value === true ? 1 : 0;
    case 'json':
      return JSON.stringify(value);
  }
}

function decodeValue(kind: ColumnKind, value: unknown): unknown {
  if (value === null) return null;
  if (kind === 'boolean') return value === 1;
  return kind === 'json' ? JSON.parse(String(value)) : value;
}

export function mapRows<Row extends object>(table: string, kinds: ColumnKinds<Row>): RowMap<Row> {
  const columns = Object.entries<ColumnKind>(kinds);
  const changed = columns.filter(([, kind]) => kind === 'boolean' || kind === 'json');
  const fields = columns.map(([field]) => field);
  return {
    table,
    fields,
    selection: fields.map((field) => `${columnOf(field)} AS "${field}"`).join(', '),
    insertSql: `INSERT INTO ${table} (${fields.map(columnOf).join(', ')}) VALUES (${fields.map((f) => `@${f}`).join(', ')})`,
    encode(row) {
      const values = row as unknown as Readonly<Record<string, unknown>>;
      return Object.fromEntries(columns.map(([field, kind]) => [field, encodeValue(kind, values[field])]));
    },
    decode(raw) {
      // In place: the driver makes an object of its own for each row, and most columns are as they are to be.
      const values = raw as Record<string, unknown>;
      for (const [field, kind] of changed) values[field] = decodeValue(kind, values[field]);
      return values as Row;
    },
  };
}

/** `column = excluded.column` for every field but those of the key. */
export function overwriteSql<Row>(map: RowMap<Row>, keyFields: readonly string[]): string {
  const others = map.fields.filter((field) => !keyFields.includes(field)).map(columnOf);
  return others.map((column) => `${column} = excluded.${column}`).join(', ');
}
