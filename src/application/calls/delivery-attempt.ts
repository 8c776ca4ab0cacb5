/** What an attempt at a delivery needs, and what it came to; made by whoever knows the item, written by deliver-due.ts. */
import type { CallEvents } from '../ports/call-events.js';
import type { CallRepository } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationRepository } from '../ports/configuration-repository.js';
import type { Deliveries } from '../ports/deliveries.js';
import type { FaxRepository } from '../ports/fax-repository.js';
import type { MailOutcome, Mails } from '../ports/mails.js';
import type { Webhooks } from '../ports/webhooks.js';

export interface DeliveryDependencies {
  readonly deliveries: Deliveries;
  readonly calls: CallRepository;
  readonly configuration: Pick<ConfigurationRepository, 'current'>;
  readonly webhooks: Webhooks;
  readonly mails: Mails;
  readonly faxes: Pick<FaxRepository, 'find'>;
  readonly events: Pick<CallEvents, 'alarm' | 'stepped'>;
  readonly clock: Clock;
}

export type Verdict =
  | { readonly kind: 'delivered'; readonly sentence: string }
  | { readonly kind: 'failed'; readonly sentence: string }
  /** There is nothing to deliver, or nobody to deliver to. */
  | { readonly kind: 'moot'; readonly sentence: string }
  | { readonly kind: 'not-yet' };

/** `what` such as `the voicemail`. Addresses stand in it: they are the admin's, not the caller's. */
export function mailVerdict(what: string, to: readonly string[], outcome: MailOutcome): Verdict {
  if (outcome.kind === 'failed') return { kind: 'failed', sentence: `${what} was not mailed: ${outcome.detail}` };
  const reached = to.filter((address) => !outcome.refused.includes(address));
  const refused = outcome.refused.length === 0 ? '' : `; the mail server refused ${outcome.refused.join(', ')}`;
  return { kind: 'delivered', sentence: `${what} was mailed to ${reached.join(', ')}${refused}` };
}
