/** Reads a telephone number as a trunk or a bidder wrote it. */
import type { E164 } from '../../domain/phone-number.js';

export interface NumberingPlan {
  /** Null when it is no possible number. `country` is ISO 3166, for national forms. */
  toE164(text: string, country: string): E164 | null;
}
