/**
 * What is known of a call, as names with values: what the INVITE said, what follows from the caller's number, and what he has
 * answered. A name without a value is not there: unknown is told apart from empty. Values are caller data and hostile.
 */
import type { Call } from './call.js';

export type CallTags = ReadonlyMap<string, string>;

/** Where a number's area code belongs. The caller may have moved with his number, so it says little of where he is. */
export interface CallerArea {
  readonly country: string;
  /** State or province, two letters. */
  readonly state: string;
  readonly areaCode: string;
}

const ATTESTATIONS: Readonly<Record<string, string>> = {
  'tn-validation-passed': 'A',
  'tn-validation-passed-a': 'A',
  'tn-validation-passed-b': 'B',
  'tn-validation-passed-c': 'C',
  'tn-validation-failed': 'failed',
  'tn-validation-failed-a': 'failed',
  'tn-validation-failed-b': 'failed',
  'tn-validation-failed-c': 'failed',
  'no-tn-validation': 'none',
};

/** STIR/SHAKEN attestation from the word of the carrier: A, B, C, failed or none; null for a word that nobody knows. */
export function attestationOf(verstat: string): string | null {
  return ATTESTATIONS[verstat.toLowerCase()] ?? null;
}

/** The names that `tagsOf` may give, but for those that a publisher or a flow chooses. */
const KNOWN_TAGS: ReadonlySet<string> = new Set(
  ['number', 'name', 'private', 'attestation', 'repeat', 'duplicate', 'area_known', 'country', 'state', 'area_code']
    .map((name) => `caller.${name}`)
    .concat('call.number', 'call.source', 'call.trunk'),
);

/** A tag that a call may have without any flow. */
export function isKnownTag(name: string): boolean {
  return KNOWN_TAGS.has(name) || /^(ping|did|source)\./.test(name);
}

type Tags = Readonly<Record<string, string>>;

/** What the admin says of every call to a number, or from a source. */
export interface TaggedRows {
  readonly did: { readonly tags: Tags };
  readonly source: { readonly tags: Tags };
}

const prefixed = (prefix: string, tags: Tags = {}): readonly (readonly [string, string])[] =>
  Object.entries(tags).map(([name, value]) => [`${prefix}.${name}`, value]);

/** `pinged` is what a publisher said of the call before it came, by name without `ping.`. */
export function tagsOf(
  call: Call,
  area: CallerArea | null,
  pinged: Tags = {},
  { did, source }: Partial<TaggedRows> = {},
): CallTags {
  const attestation = call.verstat === null ? null : attestationOf(call.verstat);
  const known: readonly (readonly [string, string | null])[] = [
    ['caller.number', call.callerNumber],
    ['caller.name', call.callerName],
    ['caller.private', call.isCallerPrivate ? 'yes' : 'no'],
    ['caller.attestation', attestation],
    ['caller.repeat', call.isRepeat ? 'yes' : 'no'],
    ['caller.duplicate', call.isDuplicate ? 'yes' : 'no'],
    // Toll-free and foreign numbers are of no place that is known.
    ['caller.area_known', area === null ? 'no' : 'yes'],
    ['caller.country', area?.country ?? null],
    ['caller.state', area?.state ?? null],
    ['caller.area_code', area?.areaCode ?? null],
    ['call.number', call.calledNumber],
    ['call.source', call.sourceId],
    ['call.trunk', call.trunkId],
    ...prefixed('ping', pinged),
    ...prefixed('did', did?.tags),
    ...prefixed('source', source?.tags),
    ...Object.entries(call.flow?.answers ?? {}).map(([name, value]) => [`ivr.${name}`, value] as const),
  ];
  return new Map(known.flatMap(([tag, value]) => (value === null || value === '' ? [] : [[tag, value] as const])));
}
