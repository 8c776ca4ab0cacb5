/** Caps as a configuration file has them: a limit in calls, or in units of the currency for revenue. */
import Type, { type Static } from 'typebox';
import { CAP_DIMENSIONS, CAP_WINDOWS, type Cap } from '../../domain/routing/cap.js';
import { isAmount, oneOf, TIME_ZONE } from './field.js';
import { microsOf, unitsOf } from './micros.js';

const FIELDS = Type.Object(
  {
    dimension: oneOf(...CAP_DIMENSIONS),
    window: oneOf(...CAP_WINDOWS),
    limit: Type.Number({ minimum: 0, description: 'a number of calls, or an amount for revenue' }),
    timeZone: Type.Optional(TIME_ZONE),
    kind: Type.Optional(oneOf('hard', 'soft')),
  },
  {
    description:
      'a cap with its dimension, window and limit; the limit is a whole number of calls, or an amount for revenue',
  },
);

const CAP = Type.Refine(FIELDS, ({ dimension, limit }) =>
  dimension === 'revenue' ? isAmount(limit) : Number.isSafeInteger(limit) && limit <= 1_000_000_000,
);

export const CAPS = Type.Optional(Type.Array(CAP, { maxItems: 20, description: 'a list of caps' }));

export type CapEntry = Static<typeof FIELDS>;

/** A cap without a zone resets by the clocks of whoever has it, else by UTC. */
export function capsOf(entries: readonly CapEntry[] | undefined, timeZone: string | undefined): readonly Cap[] {
  return (entries ?? []).map(({ dimension, window, limit, ...rest }) => ({
    dimension,
    window,
    limit: dimension === 'revenue' ? microsOf(limit) : limit,
    timeZone: rest.timeZone ?? timeZone ?? 'UTC',
    kind: rest.kind ?? 'hard',
  }));
}

export function capEntries(caps: readonly Cap[]): readonly CapEntry[] {
  return caps.map((cap) => (cap.dimension === 'revenue' ? { ...cap, limit: unitsOf(cap.limit) } : cap)) as CapEntry[];
}
