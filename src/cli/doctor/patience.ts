/**
 * How long the doctor waits for this machine: for one check, and for the process that reads the database. Chosen by whoever starts the
 * doctor. What a check asks of others has deadlines of its own, which do not stand here.
 */
export interface Patience {
  /** For one check, ms; null waits until it ends by itself. */
  readonly checkMs: number | null;
  /** For one question to the database, ms, within the time of the check that asks it; null waits for the answer. */
  readonly databaseMs: number | null;
}

/** An operator looks on: what takes longer than this is hung, or as good as hung. */
export const OPERATOR_PATIENCE: Patience = { checkMs: 5_000, databaseMs: 4_500 };
