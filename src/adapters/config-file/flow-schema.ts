/** The shape of a flow in a configuration file: a start and its nodes, each with its kind. Defaults are in compose-flow.ts. */
import Type, { type Static } from 'typebox';
import { DIGIT_FORMS } from '../../domain/flows/flow.js';
import { REQUEST } from './bidder-schema.js';
import { DATED } from './calendar-entry.js';
import { ANY_CONDITION } from './condition-entry.js';
import {
  DESTINATION,
  FLAG,
  ID_FIELD,
  milliseconds,
  NAME,
  oneOf,
  orNull,
  PROMPT_ID,
  SPOKEN_TEXT,
  wholeNumber,
  words,
} from './field.js';
import { PLAYS } from './plays-entry.js';
import { QUEUE_FIELDS } from './queue-entry.js';

const NODE_ID = Type.String({
  pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$',
  description: 'the id of a node: a letter, then letters, digits, _ and -, 64 at most',
});
const TAG = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,31}$',
  description: 'a tag such as "zip": small letters, digits and _, 32 at most; it is ivr.zip to conditions',
});
const SAID = Type.Union(
  [
    PROMPT_ID,
    Type.Object(
      { text: SPOKEN_TEXT, voice: Type.Optional(words(64)), plays: PLAYS },
      { description: 'a text to speak' },
    ),
  ],
  { description: 'the id of a prompt, or an object with a text' },
);
const MAYBE_SAID = Type.Optional(
  Type.Union([...SAID.anyOf, Type.Null()], { description: 'the id of a prompt, an object with a text, or null' }),
);
const KEY = '^[0-9*#]$';
const RING_TIMEOUT = Type.Optional(milliseconds(1_000, 120_000));
const TERMINATOR = Type.Optional(
  Type.Union([Type.Literal('#'), Type.Literal('*'), Type.Null()], { description: '"#", "*" or null' }),
);

const kind = <Name extends string>(name: Name) => ({ kind: Type.Literal(name) });

const KEY_TERMS = {
  prompt: MAYBE_SAID,
  isInterruptible: Type.Optional(FLAG),
  timeoutMs: Type.Optional(milliseconds(1_000, 60_000)),
  maxTries: Type.Optional(wholeNumber(1, 10)),
  noInputPrompt: MAYBE_SAID,
  invalidPrompt: MAYBE_SAID,
  onNoInput: NODE_ID,
  onInvalid: NODE_ID,
};

const DIAL_TERMS = { trunkId: orNull(ID_FIELD), ringTimeoutMs: RING_TIMEOUT, onNoAnswer: NODE_ID };

const DIGIT_TIMEOUT = Type.Optional(milliseconds(500, 20_000));

const SAYS = Type.Array(words(64), {
  minItems: 1,
  maxItems: 50,
  description: 'a list of 1 to 50 words or phrases that mean the key, such as "roof"',
});

const MENU_KEY = Type.Object(
  { next: NODE_ID, value: orNull(words(64)), says: Type.Optional(SAYS) },
  { description: 'a key: next, the value of the tag, and what callers say for it' },
);

const SPEECH = Type.Optional(
  Type.Object(
    {
      language: Type.Optional(
        Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$', description: 'a language such as "en-US"' }),
      ),
      minConfidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'a number from 0 to 1' })),
    },
    { description: 'an object with a language, {"language": "en-US"}, which may be empty' },
  ),
);

const MENU = Type.Object({
  ...kind('menu'),
  tag: orNull(TAG),
  speech: SPEECH,
  keys: Type.Record(Type.String({ pattern: KEY }), MENU_KEY, { description: 'one of 0 to 9, * and # with its way on' }),
  ...KEY_TERMS,
});

const GATHER = Type.Object({
  ...kind('gather'),
  tag: TAG,
  form: Type.Optional(oneOf(...DIGIT_FORMS)),
  minDigits: Type.Optional(wholeNumber(1, 32)),
  maxDigits: Type.Optional(wholeNumber(1, 32)),
  digitTimeoutMs: DIGIT_TIMEOUT,
  terminator: TERMINATOR,
  speech: SPEECH,
  next: NODE_ID,
  ...KEY_TERMS,
});

const ENTRIES = Type.Refine(
  Type.Record(Type.String({ pattern: '^[0-9]{1,15}$' }), DESTINATION, {
    description: 'at least one extension of 1 to 15 digits with its destination',
  }),
  (entries) => Object.keys(entries as object).length > 0,
);

const DIRECTORY = Type.Object({
  ...kind('directory'),
  entries: ENTRIES,
  digitTimeoutMs: DIGIT_TIMEOUT,
  terminator: TERMINATOR,
  ...KEY_TERMS,
  ...DIAL_TERMS,
});

const WEBHOOK = Type.Object({
  ...kind('webhook'),
  request: REQUEST,
  timeoutMs: Type.Optional(milliseconds(100, 10_000)),
  answers: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$' }), words(200), {
      description: 'tags with the path to each in the answer',
    }),
  ),
  next: NODE_ID,
  onFailure: Type.Optional(NODE_ID),
});

const QUEUE = Type.Object({
  ...kind('queue'),
  planId: ID_FIELD,
  ...QUEUE_FIELDS,
  prompt: MAYBE_SAID,
  onTimeout: NODE_ID,
  onFull: Type.Optional(NODE_ID),
  onLeave: Type.Optional(NODE_ID),
});

const list = <Part extends Parameters<typeof Type.Array>[0]>(part: Part, description: string) =>
  Type.Array(part, { minItems: 1, maxItems: 100, description });

const ROUTE = Type.Object({ when: ANY_CONDITION, next: NODE_ID }, { description: 'a condition and its way on' });
const SHARE = Type.Object({ percent: wholeNumber(0, 100), next: NODE_ID }, { description: 'a percent and its way on' });

const NODE = Type.Union(
  [
    Type.Object({ ...kind('play'), prompt: SAID, isInterruptible: Type.Optional(FLAG), next: NODE_ID }),
    MENU,
    GATHER,
    DIRECTORY,
    Type.Object({ ...kind('dial'), destination: DESTINATION, ...DIAL_TERMS }),
    Type.Object({ ...kind('router'), routes: list(ROUTE, 'a list of routes, at least one'), otherwise: NODE_ID }),
    Type.Object({ ...kind('hours'), schedule: DATED, open: NODE_ID, closed: NODE_ID }),
    Type.Object({ ...kind('splitter'), shares: list(SHARE, 'a list of shares, at least one') }),
    Type.Object({ ...kind('set-tag'), tag: TAG, value: words(256), next: NODE_ID }),
    WEBHOOK,
    Type.Object({ ...kind('hold'), durationMs: milliseconds(1_000, 600_000), next: NODE_ID }),
    QUEUE,
    Type.Object(kind('plan')),
    Type.Object({ ...kind('voicemail'), prompt: MAYBE_SAID, limitMs: Type.Optional(milliseconds(1_000, 600_000)) }),
    Type.Object({ ...kind('go-to-flow'), flowId: ID_FIELD }),
    Type.Object({ ...kind('block-caller'), prompt: MAYBE_SAID }),
    Type.Object({ ...kind('hang-up'), prompt: MAYBE_SAID }),
  ],
  {
    description:
      'a node with its kind, "play", "menu", "gather", "directory", "dial", "router", "hours", "splitter", "set-tag", "webhook", "hold", "queue", "plan", "voicemail", "go-to-flow", "block-caller" or "hang-up"',
  },
);

const NODES = Type.Refine(
  Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' }), NODE, {
    description: 'from 1 to 500 nodes by their ids: a letter, then letters, digits, _ and -, 64 at most',
  }),
  (nodes) => Object.keys(nodes as object).length > 0 && Object.keys(nodes as object).length <= 500,
);

export const FLOW = Type.Object({ id: ID_FIELD, name: Type.Optional(NAME), start: NODE_ID, nodes: NODES });

export type FlowEntry = Static<typeof FLOW>;

export type NodeEntry = Static<typeof NODE>;

export type SaidEntry = Static<typeof SAID>;
