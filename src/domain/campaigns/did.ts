/** A number that we own: it names the campaign that a call belongs to and the source (publisher) that brought it. */
import type { Pause } from '../routing/pause.js';
import type { E164 } from '../trunks/phone-number.js';

/** A number that receives faxes: hours, lists and limits of its campaign and source hold, nothing else of the campaign does. */
export interface FaxLine {
  /** Addresses to which each fax is mailed as PDF; none keeps it here. */
  readonly mailTo: readonly string[];
  /** What the sender's machine shows (T.30 CSI): 20 digits, spaces, + or fewer; null for none. */
  readonly stationId: string | null;
}

export interface Did {
  readonly id: string;
  readonly number: E164;
  readonly campaignId: string;
  readonly sourceId: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  /** What is known of every call to the number, by name without `did.`: a language, a skill that is needed. */
  readonly tags: Readonly<Record<string, string>>;
  /** Null: a number for calls. */
  readonly fax: FaxLine | null;
}
