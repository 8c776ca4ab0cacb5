/** Reads a telephone number as a trunk or a bidder wrote it. */
import type { CallerArea } from '../../domain/calls/call-tags.js';
import type { E164 } from '../../domain/trunks/phone-number.js';

export interface NumberingPlan {
  /** Null when it is no possible number. `country` is ISO 3166, for national forms. */
  toE164(text: string, country: string): E164 | null;
  /** Null for numbers of no place, such as toll-free ones, and of places that are not known. Asked several times a call: it must be cheap. */
  areaOf(number: string): CallerArea | null;
  /** Digits as they are dialled inside `country`, with its trunk prefix; null for a number of another country. */
  toNational(number: E164, country: string): string | null;
}
