/** Runs of plans beside live calls, and what each chose. Written behind the calls: nobody waits for it. */
import type { ComparedChoice, ShadowChoice, ShadowRun } from '../../domain/plans/shadow.js';

export interface StoredRun {
  readonly run: ShadowRun;
  /** Calls that it has looked at. */
  readonly calls: number;
}

export interface ChoicePosition {
  readonly startedAt: number;
  readonly callId: string;
}

export interface ShadowRepository {
  /** Newest first. */
  runs(): Promise<readonly StoredRun[]>;
  /** Puts a run, or its end. */
  saveRun(run: ShadowRun): Promise<void>;
  /** A second choice of the same run for the same call takes the place of the first. */
  saveChoice(choice: ShadowChoice): Promise<void>;
  /** Of the newest calls first, from `after` on (exclusive), with the money of the calls as it is now. */
  compared(
    runId: string,
    page: { readonly limit: number; readonly after: ChoicePosition | null },
  ): Promise<ComparedPage>;
  /** Of every run that looked at the call. */
  choicesOf(callId: string): Promise<readonly ShadowChoice[]>;
}

export interface ComparedPage {
  readonly choices: readonly ComparedChoice[];
  /** Null when there is no further page. */
  readonly next: ChoicePosition | null;
}
