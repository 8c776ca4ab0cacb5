/** Bidders in a configuration file: a built-in dialect by its name, or a whole dialect as the domain has it. */
import Type, { type Static } from 'typebox';
import {
  AMOUNT,
  COUNTRY,
  FLAG,
  HEADERS,
  ID_FIELD,
  milliseconds,
  NAME,
  oneOf,
  orNull,
  wholeNumber,
  words,
} from './field.js';

const PATH = words(200);
const ANSWER_PATH = Type.Union([PATH, Type.Null()], {
  description: 'a path into the answer such as "data.bid", or null',
});
const URL_TEXT = Type.String({ maxLength: 2_000, description: 'an http or https URL' });

const SIGNATURE = Type.Object(
  { key: words(200), secret: words(200), nonceHeader: words(128), signatureHeader: words(128) },
  { description: 'a signature: key, secret, nonceHeader, signatureHeader' },
);

export const REQUEST = Type.Object(
  {
    method: oneOf('GET', 'POST'),
    url: URL_TEXT,
    headers: HEADERS,
    encoding: oneOf('json', 'form', 'query'),
    fields: Type.Unknown({ description: 'a tree of fields whose texts may hold {{tokens}}' }),
    signature: Type.Optional(SIGNATURE),
  },
  { description: 'a request: method, url, headers, encoding, fields' },
);

const ACCEPT_RULE = Type.Object(
  {
    path: PATH,
    operator: oneOf('equals', 'not-equals', 'exists', 'in', 'greater-than'),
    value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Array(Type.String()), Type.Null()], {
      description: 'a text, a number, true, false, null or a list of texts',
    }),
  },
  { description: 'a rule: path, operator, value' },
);

const RESPONSE = Type.Object(
  {
    accept: Type.Array(ACCEPT_RULE, { maxItems: 50, description: 'a list of rules' }),
    pricePath: ANSWER_PATH,
    destinationPath: ANSWER_PATH,
    destinationCountry: Type.Union([COUNTRY, Type.Null()], {
      description: 'an ISO 3166 country such as "US", or null',
    }),
    referencePath: ANSWER_PATH,
    billAfterSecondsPath: ANSWER_PATH,
    expiresInSecondsPath: ANSWER_PATH,
    reasonPath: ANSWER_PATH,
    refusalStatuses: Type.Array(wholeNumber(100, 599), { maxItems: 50, description: 'a list of HTTP statuses' }),
  },
  { description: 'how an answer is read' },
);

const WHOLE_DIALECT = Type.Object(
  {
    ping: REQUEST,
    pingResponse: RESPONSE,
    post: Type.Union([REQUEST, Type.Null()], { description: 'a request, or null for a bidder without a post step' }),
    postResponse: Type.Union([RESPONSE, Type.Null()], { description: 'how the answer to the post is read, or null' }),
  },
  { description: 'a dialect: ping, pingResponse, post, postResponse' },
);

const SETTING = Type.Union([Type.String(), Type.Number(), Type.Boolean()], {
  description: 'a text, a number, true or false',
});

export const BIDDER = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: Type.Optional(FLAG),
  dialect: Type.Union([Type.String(), WHOLE_DIALECT], {
    description: 'the name of a built-in dialect, or a whole one',
  }),
  url: Type.Optional(URL_TEXT),
  postUrl: Type.Optional(URL_TEXT),
  headers: Type.Optional(HEADERS),
  fields: Type.Optional(
    Type.Record(
      Type.String({ minLength: 1, maxLength: 64 }),
      Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      {
        description: 'fields of the ping with their values, whose texts may hold {{tokens}}',
      },
    ),
  ),
  settings: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }), SETTING, {
      description: 'names of settings of the dialect with their values',
    }),
  ),
  pingTimeoutMs: Type.Optional(milliseconds(50, 10_000)),
  postTimeoutMs: Type.Optional(milliseconds(50, 10_000)),
  maximumBid: orNull(AMOUNT),
  maxPingsPerMinute: orNull(wholeNumber(1, 1_000_000)),
  bidLifetimeMs: Type.Optional(milliseconds(1_000, 3_600_000)),
  allowsShadowPings: Type.Optional(FLAG),
  reuseAnswers: Type.Optional(FLAG),
});

export type BidderEntry = Static<typeof BIDDER>;
