/** Reads what a publisher sent: the caller's number, the number to call, and the tags that his terms let through. */
import type { Did } from '../../domain/campaigns/did.js';
import type { PingTerms } from '../../domain/campaigns/source.js';
import type { E164 } from '../../domain/trunks/phone-number.js';
import type { NumberingPlan } from '../ports/numbering-plan.js';

/** As it came, whatever the shape; all of it is hostile. */
export interface SentPing {
  readonly callerNumber: string | null;
  /** One of our numbers that the publisher wants to call; null leaves the choice to us. */
  readonly inboundNumber: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** A tag that the terms do not name is wrong; in other networks' shapes it is passed over. */
  readonly isStrict: boolean;
}

export interface PingFault {
  readonly field: string;
  readonly expected: string;
}

export interface ReadPing {
  readonly kind: 'read';
  readonly callerNumber: E164 | null;
  readonly did: Did | null;
  readonly tags: Readonly<Record<string, string>>;
}

const LONGEST_TAG = 120;

export function readPing(
  deps: { readonly numbers: NumberingPlan; readonly country: string },
  sent: SentPing,
  terms: PingTerms,
  dids: readonly Did[],
): ReadPing | { readonly kind: 'wrong'; readonly faults: readonly PingFault[] } {
  const faults: PingFault[] = [];
  const numberIn = (field: 'callerNumber' | 'inboundNumber'): E164 | null => {
    const text = sent[field];
    if (text === null) return null;
    const number = deps.numbers.toE164(text.trim(), deps.country);
    if (number === null) faults.push({ field, expected: 'a telephone number such as "+12125550100"' });
    return number;
  };
  const callerNumber = numberIn('callerNumber');
  const inboundNumber = numberIn('inboundNumber');
  const did = inboundNumber === null ? null : (dids.find(({ number }) => number === inboundNumber) ?? null);
  if (inboundNumber !== null && did === null) {
    faults.push({ field: 'inboundNumber', expected: 'a number that belongs to this key' });
  }
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(sent.tags)) {
    if (terms.tags.includes(name)) {
      if (value.length <= LONGEST_TAG) tags[name] = value;
      else if (sent.isStrict) faults.push({ field: `tags.${name}`, expected: `at most ${LONGEST_TAG} characters` });
    } else if (sent.isStrict) {
      const known = terms.tags.length === 0 ? 'nothing, since no tag is agreed' : `one of ${terms.tags.join(', ')}`;
      faults.push({ field: `tags.${name}`, expected: known });
    }
  }
  return faults.length > 0 ? { kind: 'wrong', faults } : { kind: 'read', callerNumber, did, tags };
}
