/** A pause in a configuration file, where it stays until somebody takes it out: times are RFC 3339. */
import Type, { type Static } from 'typebox';
import type { Pause } from '../../domain/routing/pause.js';
import { NAME, orNull, words } from './field.js';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

const TIME = orNull(
  Type.Refine(
    Type.String({ maxLength: 40, description: 'a time such as "2026-11-23T17:00:00Z"' }),
    (text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)),
  ),
);

const FIELDS = Type.Object(
  { reason: Type.Optional(words(200)), by: Type.Optional(NAME), at: TIME, until: TIME },
  { description: 'a pause with reason, by, at and until, each of which may be absent' },
);

export const PAUSE = orNull(FIELDS);

type PauseEntry = Static<typeof FIELDS>;

const wallMsOf = (text: string | null | undefined): number | null =>
  text === null || text === undefined ? null : Date.parse(text);
const textOf = (wallMs: number | null): string | null => (wallMs === null ? null : new Date(wallMs).toISOString());

export function pauseOf(entry: PauseEntry | null | undefined): Pause | null {
  if (entry === null || entry === undefined) return null;
  const { reason = '', by = 'the configuration file', at, until } = entry;
  return { reason, by, at: wallMsOf(at), until: wallMsOf(until) };
}

export function pauseEntry(pause: Pause | null): PauseEntry | null {
  if (pause === null) return null;
  const { reason, by, at, until } = pause;
  return { ...(reason === '' ? {} : { reason }), by, at: textOf(at), until: textOf(until) };
}
