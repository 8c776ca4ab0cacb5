/**
 * What is known of a call, as names with values: what the INVITE said, what follows from the caller's number, and what he has
 * answered. A name without a value is not there: unknown is told apart from empty. Values are caller data and hostile.
 */
import type { Call } from './call.js';

export type CallTags = ReadonlyMap<string, string>;

/** Where a number's area code and exchange belong. The caller may have moved with his number, so it says little of where he is. */
export interface CallerArea {
  readonly country: string;
  /** State or province, two letters; null when the area code has several and the exchange does not tell. */
  readonly state: string | null;
  readonly areaCode: string;
  /** IANA name; null when the area code lies in several zones and the exchange does not tell. */
  readonly timeZone: string | null;
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
  // Plivo's words. The second stands for B, C and calls without a signature: nobody vouches for the caller.
  verified: 'A',
  'not verified': 'none',
};

/** STIR/SHAKEN attestation from the word of the carrier: A, B, C, failed or none; null for a word that nobody knows. */
export function attestationOf(verstat: string): string | null {
  const word = verstat.toLowerCase();
  // A stranger may write the name of what every object has, such as "constructor".
  return Object.hasOwn(ATTESTATIONS, word) ? (ATTESTATIONS[word] ?? null) : null;
}

/** The names that `tagsOf` may give, but for those that a publisher or a flow chooses. */
const KNOWN_TAGS: ReadonlySet<string> = new Set(
  'number name private attestation repeat duplicate area_known country state area_code time_zone'
    .split(' ')
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

function putAll(tags: Map<string, string>, prefix: string, more: Tags | undefined): void {
  for (const name in more) if (Object.hasOwn(more, name)) put(tags, `${prefix}.${name}`, more[name]);
}

function put(tags: Map<string, string>, name: string, value: string | null | undefined): void {
  if (value !== null && value !== undefined && value !== '') tags.set(name, value);
}

/** What of a call's record its tags are made of. */
export type TaggedCall = Pick<
  Call,
  | 'callerNumber'
  | 'callerName'
  | 'isCallerPrivate'
  | 'verstat'
  | 'isRepeat'
  | 'isDuplicate'
  | 'calledNumber'
  | 'sourceId'
  | 'trunkId'
  | 'flow'
>;

/** `pinged` is what a publisher said of the call before it came, by name without `ping.`. */
export function tagsOf(
  call: TaggedCall,
  area: CallerArea | null,
  pinged: Tags = {},
  { did, source }: Partial<TaggedRows> = {},
): CallTags {
  const tags = new Map<string, string>();
  put(tags, 'caller.number', call.callerNumber);
  put(tags, 'caller.name', call.callerName);
  put(tags, 'caller.private', call.isCallerPrivate ? 'yes' : 'no');
  put(tags, 'caller.attestation', call.verstat === null ? null : attestationOf(call.verstat));
  put(tags, 'caller.repeat', call.isRepeat ? 'yes' : 'no');
  put(tags, 'caller.duplicate', call.isDuplicate ? 'yes' : 'no');
  // Toll-free and foreign numbers are of no place that is known.
  put(tags, 'caller.area_known', area === null ? 'no' : 'yes');
  put(tags, 'caller.country', area?.country);
  put(tags, 'caller.state', area?.state);
  put(tags, 'caller.area_code', area?.areaCode);
  put(tags, 'caller.time_zone', area?.timeZone);
  put(tags, 'call.number', call.calledNumber);
  put(tags, 'call.source', call.sourceId);
  put(tags, 'call.trunk', call.trunkId);
  putAll(tags, 'ping', pinged);
  putAll(tags, 'did', did?.tags);
  putAll(tags, 'source', source?.tags);
  putAll(tags, 'ivr', call.flow?.answers);
  return tags;
}
