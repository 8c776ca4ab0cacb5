/**
 * The kinds of field that a configuration file has. Each is a TypeBox schema whose description ends the sentence "found
 * ..., expected ...", so that schema, check and message are one thing.
 */
import ipaddr from 'ipaddr.js';
import Type, { type TSchema } from 'typebox';
import { isMailAddress } from '../../domain/campaigns/mail-address.js';
import { microsFromUnits } from '../../domain/money/money.js';
import { isTimeZone } from '../../domain/routing/schedule.js';
import { parseDestination, parseTargetDestination } from '../../domain/trunks/destination.js';
import { isE164 } from '../../domain/trunks/phone-number.js';
import { cidrOf } from './cidr.js';

const ID = /^[A-Za-z0-9+][A-Za-z0-9._+-]{0,63}$/;
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const BLOCKED_PREFIX = /^\+\d{1,14}\*$/;
const HEADER_NAME = '^[A-Za-z0-9-]{1,64}$';
const AUDIO_FILE = /^[^\p{Cc}]{1,500}\.(?:wav|mp3)$/iu;
const CONTROL = /\p{Cc}/u;
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const grouped = (value: number): string => value.toLocaleString('en-US');

function textThat(expected: string, check: (value: string) => boolean) {
  return Type.Refine(Type.String({ description: expected }), check);
}

/** May be null or missing; both mean the same. */
export function orNull<Schema extends TSchema>(schema: Schema) {
  const { description } = schema as { description?: string };
  return Type.Optional(Type.Union([schema, Type.Null()], { description: `${description ?? 'a value'}, or null` }));
}

export function words(maxLength: number) {
  return textThat(`a text of 1 to ${grouped(maxLength)} characters on one line`, (text) => {
    return text.trim() !== '' && text.length <= maxLength && !CONTROL.test(text);
  });
}

export function wholeNumber(minimum: number, maximum: number, unit = '') {
  const description = `a whole number${unit} from ${grouped(minimum)} to ${grouped(maximum)}`;
  return Type.Integer({ minimum, maximum, description });
}

export const milliseconds = (minimum: number, maximum: number) => wholeNumber(minimum, maximum, ' of milliseconds');

export function oneOf<const Values extends readonly string[]>(...values: Values) {
  const description = values.map((value) => `"${value}"`).join(' or ');
  return Type.Unsafe<Values[number]>(Type.Enum([...values], { description }));
}

export function isAmount(units: number): boolean {
  const micros = microsFromUnits(units);
  return micros !== null && micros / 1_000_000 === units;
}

/** Decimal units of the campaign's currency; micros are exact for what has no more than six decimals. */
export const AMOUNT = Type.Refine(
  Type.Number({ description: 'an amount from 0 to 1,000,000 units of the currency, six decimals at most' }),
  isAmount,
);

export const ID_FIELD = textThat('an id: 1 to 64 letters, digits and any of . _ + -', (text) => ID.test(text));
/** A prompt of the file or the store, or a sound that comes with the system: `builtin:hold-music`. */
export const PROMPT_ID = textThat('the id of a prompt, or "builtin:hold-music" or "builtin:beep"', (text) =>
  ID.test(text.replace(/^builtin:/, '')),
);
export const NAME = words(120);
export const FLAG = Type.Boolean({ description: 'true or false' });
export const MAX_CALLS = orNull(wholeNumber(0, 100_000));
export const NUMBER = textThat('a number in E.164 form such as "+12125550100"', isE164);
export const DESTINATION = textThat(
  'a number in E.164 form such as "+12125550100" or a SIP URI such as "sip:sales@buyer.example"',
  (text) => parseDestination(text) !== null,
);
export const TARGET_DESTINATION = textThat(
  'a number in E.164 form such as "+12125550100" or a SIP URI such as "sip:sales@buyer.example" or "sip:[number]@buyer.example"',
  (text) => parseTargetDestination(text) !== null,
);
export const CIDR = textThat(
  'a network such as "192.0.2.0/24" (no address bit set behind the prefix) or one address',
  (text) => cidrOf(text) !== null,
);
export const HOST = textThat('a host name or an IP address', (text) => ipaddr.isValid(text) || HOST_NAME.test(text));
export const COUNTRY = Type.String({ pattern: '^[A-Z]{2}$', description: 'an ISO 3166 country such as "US"' });
export const CURRENCY = textThat('an ISO 4217 currency such as "USD"', (text) => CURRENCIES.has(text));
export const TIME_ZONE = textThat('an IANA time zone such as "America/New_York"', isTimeZone);
export const BLOCKED_CALLER = textThat(
  'a number in E.164 form, or the beginning of one and a star, such as "+1900*"',
  (text) => isE164(text) || BLOCKED_PREFIX.test(text),
);
export const AUDIO_PATH = textThat('the path of a WAV or MP3 file', (text) => AUDIO_FILE.test(text));
function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text) || text.length > 2_000) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '' && hash === '';
}

export const WEBHOOK_URL = textThat('an http or https URL without user name, password or fragment', isWebhookUrl);
export const MAIL_ADDRESSES = Type.Array(textThat('an address such as "calls@example.com"', isMailAddress), {
  maxItems: 20,
  uniqueItems: true,
  description: 'a list of mail addresses, each once, at most 20',
});
export const SPOKEN_TEXT = textThat(
  'a text of 1 to 2,000 characters',
  (text) => text.trim() !== '' && text.length <= 2_000,
);
export const HEADERS = Type.Record(
  Type.String({ pattern: HEADER_NAME }),
  textThat(
    'a header value of at most 2,000 characters on one line',
    (text) => text.length <= 2_000 && !CONTROL.test(text),
  ),
  { description: 'header names (letters, digits and hyphens) with their values' },
);
