/**
 * The environment variables that Ringpost reads: one schema each, with default, unit and meaning. The reference table in docs/ is
 * generated from here. Secrets have a file of their own; what several values mean together is config.ts and contradictions.ts.
 */
import { Type } from 'typebox';
import { MAIL_VARIABLES } from './mail-variables.js';
import { RECOGNISER_VARIABLES } from './recogniser-variables.js';
import { optionalText, port, text, whole, word } from './variable.js';

const NODE_VARIABLES = {
  RINGPOST_ENGINE: word(['embedded', 'servers'], {
    group: 'Node',
    default: 'embedded',
    description:
      '`embedded`: the embedded switch is started beside the app. `servers`: drachtio and FreeSWITCH run already and are connected to.',
  }),
  RINGPOST_NODE_NAME: text({
    group: 'Node',
    default: 'ringpost',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
    description: 'Name of this node in logs and call records.',
  }),
  RINGPOST_LOG_LEVEL: word(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    group: 'Node',
    default: 'info',
    description: 'Lines below this level are not written.',
  }),
  RINGPOST_STALL_EXIT_MS: whole({
    group: 'Node',
    unit: 'ms',
    default: 5_000,
    minimum: 0,
    maximum: 600_000,
    description:
      'A process whose event loop stands still for this long ends itself, so that its supervisor starts another that takes over the calls. 0: never, for a debugger.',
  }),
  RINGPOST_DEFAULT_COUNTRY: text({
    group: 'Node',
    default: 'US',
    pattern: '^[A-Z]{2}$',
    description: 'Country (ISO 3166) of numbers that arrive without a country code.',
  }),
};

const API_VARIABLES = {
  RINGPOST_HTTP_ADDRESS: text({
    group: 'API',
    default: '127.0.0.1',
    description:
      'IP address on which the API listens, without TLS: put a proxy with TLS before it for others than this machine.',
  }),
  RINGPOST_HTTP_PORT: port({
    group: 'API',
    default: 8_080,
    description: 'Port of the API, the live feed, `/metrics`, `/livez` and `/readyz`. 0 takes a free one.',
  }),
  RINGPOST_HTTP_EXPOSURE: word(['loopback', 'trusted-network'], {
    group: 'API',
    default: 'loopback',
    description:
      '`trusted-network`: the address may be reached from outside this machine, over a network in which nobody listens to API keys.',
  }),
  RINGPOST_HTTP_REQUESTS_PER_MINUTE: whole({
    group: 'API',
    unit: 'requests',
    default: 600,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Requests that one key, or one address without a key, may make in a minute.',
  }),
  RINGPOST_FEED_EVENTS: whole({
    group: 'API',
    unit: 'events',
    default: 20_000,
    minimum: 100,
    maximum: 1_000_000,
    description: 'Events that the live feed keeps, so that whoever drops can resume. A call makes some 20 to 60.',
  }),
};

const FILE_VARIABLES = {
  RINGPOST_DATA_FOLDER: text({
    group: 'Files',
    default: 'data',
    description: 'Holds database, prompts and recordings unless they are placed by themselves. Made when missing.',
  }),
  RINGPOST_DATABASE_FILE: optionalText({
    group: 'Files',
    derived: '`ringpost.db` in the data folder',
    description: 'The SQLite database.',
  }),
  RINGPOST_PROMPT_FOLDER: optionalText({
    group: 'Files',
    derived: '`prompts` in the data folder',
    description: 'Rendered and uploaded prompts; FreeSWITCH must see it under the same path.',
  }),
  RINGPOST_RECORDING_FOLDER: optionalText({
    group: 'Files',
    derived: '`recordings` in the data folder',
    description: 'Recordings; FreeSWITCH must be able to write to it under the same path.',
  }),
  RINGPOST_MIN_FREE_DISK_MB: whole({
    group: 'Files',
    unit: 'MB',
    default: 500,
    minimum: 0,
    maximum: 10_000_000,
    description: 'With less room than this no recording is started; the call goes on and its record says why.',
  }),
  RINGPOST_MP3: word(['on', 'off'], {
    group: 'Files',
    default: 'on',
    description: 'Whether an MP3 is made of each recording after the call.',
  }),
};

const TELEPHONY_VARIABLES = {
  DRACHTIO_HOST: text({
    group: 'Telephony',
    default: '127.0.0.1',
    description: 'Host of the drachtio control port. Plain TCP: loopback, a private network or a tunnel.',
  }),
  DRACHTIO_PORT: port({ group: 'Telephony', default: 9022, description: 'The drachtio control port (TCP).' }),
  FREESWITCH_EVENT_SOCKET_HOST: text({
    group: 'Telephony',
    default: '127.0.0.1',
    description: 'Host of the FreeSWITCH event socket.',
  }),
  FREESWITCH_EVENT_SOCKET_PORT: port({
    group: 'Telephony',
    default: 8021,
    description: 'Port of the FreeSWITCH event socket (TCP).',
  }),
  FREESWITCH_SIP_ADDRESS: text({
    group: 'Telephony',
    default: '127.0.0.1:5080',
    description: 'Where drachtio reaches the SIP profile `drachtio_mrf` of FreeSWITCH.',
  }),
  FREESWITCH_SERVERS: optionalText({
    group: 'Telephony',
    derived: 'the one server above',
    description:
      'Several media servers, as a list of `event socket/SIP`, such as `10.0.0.5:8021/10.0.0.5:5080, 10.0.0.6:8021/10.0.0.6:5080`. A new call goes to the emptiest of them; one that refuses or is gone is passed over.',
  }),
};

const SWITCH_VARIABLES = {
  RINGPOST_SIP_ADDRESS: text({
    group: 'Embedded switch',
    default: '127.0.0.1',
    description:
      'IP address on which the switch takes SIP. `0.0.0.0` takes it on all, and then RINGPOST_MEDIA_ADDRESS must be given.',
  }),
  RINGPOST_SIP_PORT: port({ group: 'Embedded switch', default: 5060, description: 'Port for SIP, UDP and TCP.' }),
  RINGPOST_SIP_SOURCES: optionalText({
    group: 'Embedded switch',
    derived: 'with `ringpost start` the networks of the trunks, else all',
    description:
      'CIDR list of the networks whose requests outside dialogs are answered. All others get no answer at all, not even 100.',
  }),
  RINGPOST_SIP_EXTERNAL_ADDRESS: optionalText({
    group: 'Embedded switch',
    derived: 'the address it listens on',
    description: 'IP address written into Via and Contact, when it differs from the local one behind one-to-one NAT.',
  }),
  RINGPOST_MEDIA_ADDRESS: optionalText({
    group: 'Embedded switch',
    derived: 'RINGPOST_SIP_ADDRESS',
    description: 'IP address for RTP, in every SDP.',
  }),
  RINGPOST_RTP_PORT_MIN: port({
    group: 'Embedded switch',
    default: 16_384,
    description: 'First port of the range for RTP and RTCP. A call takes four.',
  }),
  RINGPOST_RTP_PORT_MAX: port({
    group: 'Embedded switch',
    default: 32_767,
    description: 'Last port of that range; it must lie below the ephemeral ports of the machine.',
  }),
  RINGPOST_MEDIA_WORKERS: whole({
    group: 'Embedded switch',
    unit: 'threads',
    default: 1,
    minimum: 1,
    maximum: 64,
    description: 'Threads that carry the audio.',
  }),
};

const CALL_VARIABLES = {
  RINGPOST_MAX_CALLS: whole({
    group: 'Calls',
    unit: 'calls',
    default: 500,
    minimum: 1,
    maximum: 10_000,
    description: 'Calls at once on this node. Further callers are answered 503.',
  }),
  RINGPOST_MEDIA_TIMEOUT_MS: whole({
    group: 'Calls',
    unit: 'ms',
    default: 30_000,
    minimum: 5_000,
    maximum: 3_600_000,
    description: 'A leg from which no audio comes for this long is ended.',
  }),
  RINGPOST_HOLD_GRACE_MS: whole({
    group: 'Calls',
    unit: 'ms',
    default: 60_000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'How long hold music goes on for a caller whom the app should have fetched and has not: covers its restart.',
  }),
  RINGPOST_DRAIN_MS: whole({
    group: 'Calls',
    unit: 'ms',
    default: 30_000,
    minimum: 0,
    maximum: 86_400_000,
    description:
      'After SIGTERM no new call is taken and those that are up have this long; RINGPOST_DRAIN_END says what follows.',
  }),
  RINGPOST_DRAIN_END: word(['leave', 'hang-up'], {
    group: 'Calls',
    default: 'leave',
    description:
      '`leave`: calls that are still up then go on without the app, and the next start takes them over. `hang-up`: they are ended and billed.',
  }),
};

const BIDDER_VARIABLES = {
  RINGPOST_PING_ALLOW_PRIVATE: optionalText({
    group: 'Bidders',
    derived: 'none',
    description:
      'CIDR list of private networks in which bidders may live, such as `10.1.0.0/16`; all others are refused.',
  }),
};

const SPEECH_VARIABLES = {
  RINGPOST_TTS_ENGINES: text({
    group: 'Speech',
    default: 'flite, espeak-ng, flite-wasm',
    description: 'Speech engines in the order in which they are tried; one that is not installed is passed over.',
  }),
};

export const VARIABLES = Type.Object({
  ...NODE_VARIABLES,
  ...API_VARIABLES,
  ...FILE_VARIABLES,
  ...TELEPHONY_VARIABLES,
  ...SWITCH_VARIABLES,
  ...CALL_VARIABLES,
  ...BIDDER_VARIABLES,
  ...SPEECH_VARIABLES,
  ...RECOGNISER_VARIABLES,
  ...MAIL_VARIABLES,
});

export type Variables = Type.Static<typeof VARIABLES>;
export type VariableName = keyof Variables;
export const VARIABLE_NAMES = Object.keys(VARIABLES.properties) as readonly VariableName[];

/** Of the speech engines that RINGPOST_TTS_ENGINES may name. */
export const SPEECH_ENGINES = ['flite', 'espeak-ng', 'flite-wasm'] as const;
export type SpeechEngineName = (typeof SPEECH_ENGINES)[number];
