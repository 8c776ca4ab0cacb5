/**
 * The shape of a trunk in a configuration file. What is left out has the value of its profile (domain/trunks/trunk-profile.ts); docs/trunks.md
 * says what each field means.
 */
import Type from 'typebox';
import { ATTESTATION_HEADERS, CODECS } from '../../domain/trunks/trunk.js';
import {
  AMOUNT,
  CIDR,
  COUNTRY,
  FLAG,
  HOST,
  ID_FIELD,
  MAX_CALLS,
  milliseconds,
  NAME,
  NUMBER,
  oneOf,
  orNull,
  wholeNumber,
  words,
} from './field.js';

const GATEWAY = Type.Object({
  host: HOST,
  port: Type.Optional(wholeNumber(1, 65_535)),
  transport: Type.Optional(oneOf('udp', 'tcp', 'tls')),
  priority: Type.Optional(wholeNumber(0, 1_000)),
  weight: Type.Optional(wholeNumber(0, 1_000)),
});

const CALLER_ID = Type.Union(
  [
    Type.Object({ kind: Type.Literal('own'), number: NUMBER }),
    Type.Object({ kind: Type.Literal('pass-through'), diversion: orNull(NUMBER) }),
  ],
  { description: 'a caller id policy with its kind, "own" or "pass-through"' },
);

const CREDENTIALS = Type.Object(
  { username: words(200), password: words(200) },
  { description: 'a username and a password' },
);

/** 603, 607 and 608 are the called party's whoever sends them, and a 2xx is no failure. */
const NEXT_GATEWAY_STATUS = Type.String({
  pattern: '^(?:3xx|4xx|5xx|[345][0-9]{2})$',
  description: 'a status such as "408" or a class such as "5xx"; 6xx is always final',
});

const CODEC_LIST = Type.Array(oneOf(...CODECS), {
  minItems: 1,
  maxItems: CODECS.length,
  uniqueItems: true,
  description: `a list of ${CODECS.join(', ')}, each once, the preferred one first`,
});

const PROBE = Type.Object(
  {
    intervalMs: milliseconds(1_000, 3_600_000),
    timeoutMs: milliseconds(100, 32_000),
    downAfter: wholeNumber(1, 100),
  },
  { description: 'intervalMs, timeoutMs and downAfter' },
);

/** RFC 4028 section 4: 90 s is the least that anybody may ask for. */
const SESSION_TIMER = Type.Object(
  { expiresSeconds: wholeNumber(90, 86_400, ' of seconds'), refresher: oneOf('uac', 'uas') },
  { description: 'expiresSeconds and a refresher' },
);

const PACE = Type.Number({ minimum: 0.1, maximum: 1_000, description: 'a number of calls from 0.1 to 1,000' });

export const TRUNK = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: Type.Optional(FLAG),
  profile: Type.Optional(oneOf('generic', 'telnyx', 'twilio')),
  sourceCidrs: Type.Optional(Type.Array(CIDR, { maxItems: 500, description: 'a list of networks' })),
  gateways: Type.Optional(Type.Array(GATEWAY, { maxItems: 50, description: 'a list of gateways' })),
  defaultCountry: Type.Optional(COUNTRY),
  credentials: orNull(CREDENTIALS),
  callerId: Type.Optional(CALLER_ID),
  maxInboundCalls: MAX_CALLS,
  maxOutboundCalls: MAX_CALLS,
  numberFormatIn: Type.Optional(oneOf('any', '+e164', 'e164', 'national')),
  numberFormatOut: Type.Optional(oneOf('+e164', 'e164', 'national')),
  codecs: Type.Optional(CODEC_LIST),
  dtmf: Type.Optional(oneOf('rfc4733', 'info', 'in-band')),
  srtp: Type.Optional(oneOf('off', 'required')),
  callsPerSecond: orNull(PACE),
  paceScope: Type.Optional(oneOf('trunk', 'gateway')),
  maxPaceWaitMs: Type.Optional(milliseconds(0, 60_000)),
  nextGatewayOn: Type.Optional(
    Type.Array(NEXT_GATEWAY_STATUS, { maxItems: 100, description: 'a list of statuses and classes' }),
  ),
  silentAfterMs: orNull(milliseconds(500, 32_000)),
  optionsProbe: orNull(PROBE),
  sessionTimer: orNull(SESSION_TIMER),
  attestationHeader: orNull(oneOf(...ATTESTATION_HEADERS)),
  costPerMinute: Type.Optional(
    Type.Object(
      { inbound: Type.Optional(AMOUNT), outbound: Type.Optional(AMOUNT) },
      { description: 'inbound and outbound, amounts' },
    ),
  ),
});
