/** Every ended call has one owner and one reason; this is the only shape in which an end travels. */
import type { HangupCause } from './hangup-cause.js';

export type ReleaseParty = 'caller' | 'buyer' | 'system';

export interface Release {
  readonly by: ReleaseParty;
  readonly cause: HangupCause;
  /** SIP status that ended or stood for it: 200 for a BYE, 487 for a CANCEL, else the final answer. */
  readonly sipStatus: number;
  /** Why, as a sentence for the call log, for example "nobody bid and the campaign has no fallback". */
  readonly detail: string;
}
