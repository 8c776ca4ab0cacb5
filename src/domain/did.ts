/** A number that we own: it names the campaign that a call belongs to and the source (publisher) that brought it. */
import type { Pause } from './pause.js';
import type { E164 } from './phone-number.js';

export interface Did {
  readonly id: string;
  readonly number: E164;
  readonly campaignId: string;
  readonly sourceId: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  /** What is known of every call to the number, by name without `did.`: a language, a skill that is needed. */
  readonly tags: Readonly<Record<string, string>>;
}
