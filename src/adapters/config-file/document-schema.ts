/** The shape of a configuration file, section by section. What is optional here has its default in `compose-rows.ts`. */
import Type, { type Static } from 'typebox';
import { ANONYMOUS_POLICIES } from '../../domain/callers/caller-policy.js';
import { KEY_COMBINATION_FORM } from '../../domain/flows/key-sequence.js';
import { ACCEPT_KEY } from './accept-key-entry.js';
import { AGENT, AGENT_PLAN } from './agent-entry.js';
import { BIDDER } from './bidder-schema.js';
import { CALENDAR, DATED_SCHEDULE } from './calendar-entry.js';
import { AUTOMATIC_BLOCK, DUPLICATES, SAME_BUYER } from './caller-rule-entry.js';
import { CAPS } from './cap-entry.js';
import { CONCURRENCY } from './concurrency-entry.js';
import { CONDITION } from './condition-entry.js';
import { CONSENT } from './consent-entry.js';
import {
  AMOUNT,
  AUDIO_PATH,
  BLOCKED_CALLER,
  CURRENCY,
  DESTINATION,
  FLAG,
  ID_FIELD,
  MAIL_ADDRESSES,
  MAX_CALLS,
  milliseconds,
  NAME,
  NUMBER,
  oneOf,
  orNull,
  PROMPT_ID,
  SPOKEN_TEXT,
  TARGET_DESTINATION,
  WEBHOOK_URL,
  wholeNumber,
  words,
} from './field.js';
import { FLOW } from './flow-schema.js';
import { PAUSE } from './pause-entry.js';
import { planSchema } from './plan-entry.js';
import { PLAYS } from './plays-entry.js';
import { CHAINED_FIELDS } from './queue-entry.js';
import { SKILLS } from './skill-entry.js';
import { TARGET_VOICEMAIL } from './target-voicemail-entry.js';
import { TRUNK } from './trunk-schema.js';

const ID = Type.Optional(ID_FIELD);
const NULLABLE_ID = orNull(ID_FIELD);
const NULLABLE_PROMPT_ID = orNull(PROMPT_ID);
const ACTIVE = Type.Optional(FLAG);
const RING_TIMEOUT = Type.Optional(milliseconds(1_000, 120_000));
const MAX_HOLD = Type.Optional(milliseconds(1_000, 600_000));
const DUE_AFTER = Type.Optional(milliseconds(0, 3_600_000));
const WEIGHT = Type.Optional(wholeNumber(0, 1_000));
const PRIORITY = Type.Optional(wholeNumber(0, 1_000));

const TAGS = Type.Optional(
  Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$' }), words(200), {
    description: 'names of small letters, digits and _ with their texts',
  }),
);

const STATION = Type.String({
  pattern: '^[0-9+ ]{1,20}$',
  description: 'one to 20 digits, spaces and plus signs',
});

const FAX_LINE = orNull(
  Type.Object(
    { mailTo: Type.Optional(MAIL_ADDRESSES), stationId: orNull(STATION) },
    { description: 'a fax line with mailTo and stationId' },
  ),
);

export const DID = Type.Object({
  id: ID,
  number: NUMBER,
  campaignId: ID_FIELD,
  sourceId: ID_FIELD,
  isActive: ACTIVE,
  pause: PAUSE,
  tags: TAGS,
  fax: FAX_LINE,
});

const PERCENT = Type.Refine(
  Type.Number({ minimum: 0, maximum: 100, description: 'a percentage from 0 to 100 with two decimals at most' }),
  (percent) => Math.round(percent * 100) / 100 === percent,
);

const PING_TAG = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,39}$',
  description: 'a name of small letters, digits and _, at most 40',
});

const SIP_HOST = Type.String({
  maxLength: 255,
  pattern: '^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$',
  description: 'a host or host:port such as "sip.example.com:5060"',
});

const PINGS = orNull(
  Type.Object(
    {
      isRequired: Type.Optional(FLAG),
      allowsUnknownCaller: Type.Optional(FLAG),
      lifetimeMs: Type.Optional(milliseconds(5_000, 600_000)),
      tags: Type.Optional(Type.Array(PING_TAG, { maxItems: 40, description: 'a list of names such as "zip"' })),
      sipHost: orNull(SIP_HOST),
    },
    { description: 'the terms on which the publisher may ping' },
  ),
);

export const SOURCE = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: ACTIVE,
  pause: PAUSE,
  tags: TAGS,
  allowsRecording: Type.Optional(FLAG),
  payout: Type.Optional(
    Type.Union(
      [
        Type.Object({ kind: Type.Literal('none') }),
        Type.Object({ kind: Type.Literal('fixed'), amount: AMOUNT }),
        Type.Object({ kind: Type.Literal('share'), percent: PERCENT }),
      ],
      { description: 'a payout with its kind, "none", "fixed" or "share"' },
    ),
  ),
  payoutAfterMs: DUE_AFTER,
  maxCalls: MAX_CALLS,
  caps: CAPS,
  schedule: DATED_SCHEDULE,
  pings: PINGS,
});

const KEY_COMBINATION = Type.String({
  pattern: KEY_COMBINATION_FORM.source,
  description: 'two to six keys of 0 to 9, * and #, such as "*7"',
});

const FALLBACK_STEP = Type.Union(
  [
    Type.Object({
      kind: Type.Literal('dial'),
      destination: DESTINATION,
      trunkId: NULLABLE_ID,
      ringTimeoutMs: RING_TIMEOUT,
    }),
    Type.Object({
      kind: Type.Literal('voicemail'),
      greetingPromptId: NULLABLE_PROMPT_ID,
      limitMs: Type.Optional(milliseconds(1_000, 600_000)),
    }),
    Type.Object({ kind: Type.Literal('message'), promptId: ID_FIELD }),
    Type.Object({ kind: Type.Literal('queue'), planId: ID_FIELD, ...CHAINED_FIELDS }),
    Type.Object({ kind: Type.Literal('plan'), planId: ID_FIELD, maxHoldMs: MAX_HOLD }),
  ],
  { description: 'a step with its kind, "dial", "voicemail", "message", "queue" or "plan"' },
);

const WEBHOOK = orNull(
  Type.Object(
    { url: WEBHOOK_URL, secret: Type.Refine(words(200), (text) => text.length >= 16) },
    { description: 'a webhook with its url and secret' },
  ),
);

const HOLD_PROMPT = orNull(
  Type.Object(
    { promptId: PROMPT_ID, everyMs: Type.Optional(milliseconds(5_000, 600_000)) },
    { description: 'a prompt for those who wait, with promptId and everyMs' },
  ),
);

const RECOVERY = orNull(
  Type.Object(
    { withinMs: milliseconds(1_000, 120_000), maxAttempts: Type.Optional(wholeNumber(1, 5)) },
    { description: 'a recovery with withinMs and maxAttempts' },
  ),
);

const BLOCKED_CALLERS = Type.Optional(
  Type.Array(BLOCKED_CALLER, { maxItems: 100_000, description: 'a list of numbers' }),
);

export const CAMPAIGN = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: ACTIVE,
  pause: PAUSE,
  currency: CURRENCY,
  schedule: DATED_SCHEDULE,
  targetIds: Type.Optional(Type.Array(ID_FIELD, { maxItems: 1_000, description: 'a list of ids of targets' })),
  planId: NULLABLE_ID,
  consentPromptId: NULLABLE_PROMPT_ID,
  consent: CONSENT,
  greetingPromptId: NULLABLE_PROMPT_ID,
  holdMusicPromptId: PROMPT_ID,
  endingPromptId: NULLABLE_PROMPT_ID,
  apologyPromptId: NULLABLE_PROMPT_ID,
  recording: Type.Optional(oneOf('off', 'from-bridge', 'from-answer')),
  recordingKeys: orNull(KEY_COMBINATION),
  agents: AGENT_PLAN,
  auctionDeadlineMs: Type.Optional(milliseconds(50, 10_000)),
  minimumBid: Type.Optional(AMOUNT),
  maxHoldMs: MAX_HOLD,
  hedgeAfterMs: orNull(milliseconds(200, 60_000)),
  holdPrompt: HOLD_PROMPT,
  recovery: RECOVERY,
  voicemailWebhook: WEBHOOK,
  voicemailMail: Type.Optional(MAIL_ADDRESSES),
  blockedCallers: BLOCKED_CALLERS,
  anonymousCallers: Type.Optional(oneOf(...ANONYMOUS_POLICIES)),
  callerGapMs: Type.Optional(milliseconds(0, 60_000)),
  automaticBlock: AUTOMATIC_BLOCK,
  fallback: Type.Optional(Type.Array(FALLBACK_STEP, { maxItems: 20, description: 'a list of steps' })),
  whenClosed: orNull(Type.Array(FALLBACK_STEP, { minItems: 1, maxItems: 20, description: 'a list of steps' })),
  maxCalls: MAX_CALLS,
  caps: CAPS,
  duplicates: DUPLICATES,
  sameBuyer: SAME_BUYER,
  payoutOnceDays: Type.Optional(wholeNumber(0, 3_650)),
  flowId: NULLABLE_ID,
});

export const BUYER = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: ACTIVE,
  pause: PAUSE,
  maxCalls: MAX_CALLS,
  concurrency: CONCURRENCY,
  caps: CAPS,
  duplicates: DUPLICATES,
  blockedCallers: BLOCKED_CALLERS,
});

export const TARGET = Type.Object({
  id: ID_FIELD,
  buyerId: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: ACTIVE,
  pause: PAUSE,
  price: Type.Optional(AMOUNT),
  bidderId: ID,
  minimumBid: Type.Optional(AMOUNT),
  destination: orNull(TARGET_DESTINATION),
  trunkId: NULLABLE_ID,
  priority: PRIORITY,
  weight: WEIGHT,
  schedule: DATED_SCHEDULE,
  condition: CONDITION,
  maxCalls: MAX_CALLS,
  concurrency: CONCURRENCY,
  caps: CAPS,
  duplicates: DUPLICATES,
  ringTimeoutMs: RING_TIMEOUT,
  billAfterMs: DUE_AFTER,
  whisperPromptId: NULLABLE_PROMPT_ID,
  acceptKey: ACCEPT_KEY,
  maxEarlierConnections: orNull(wholeNumber(0, 5)),
  voicemail: TARGET_VOICEMAIL,
  skills: SKILLS,
});

export const PROMPT = Type.Object({
  id: ID_FIELD,
  text: Type.Optional(SPOKEN_TEXT),
  voice: Type.Optional(words(64)),
  file: Type.Optional(AUDIO_PATH),
  plays: PLAYS,
});

export const PLAN = planSchema(DATED_SCHEDULE);

export const SECTIONS = {
  trunks: TRUNK,
  dids: DID,
  sources: SOURCE,
  campaigns: CAMPAIGN,
  buyers: BUYER,
  targets: TARGET,
  bidders: BIDDER,
  prompts: PROMPT,
  plans: PLAN,
  flows: FLOW,
  calendars: CALENDAR,
  agents: AGENT,
} as const;

export type SectionName = keyof typeof SECTIONS;

export type Entry<Name extends SectionName> = Static<(typeof SECTIONS)[Name]>;
