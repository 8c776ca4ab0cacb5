/** Exchanges in the dialects of our own: what we send, what comes back, and what it means to an auction. */
interface DialectExample {
  readonly dialect: string;
  readonly title: string;
  readonly step: 'ping' | 'post';
  readonly tokens: Readonly<Record<string, string>>;
  /** Method, path with query, body. */
  readonly request: string;
  readonly answer: object;
  readonly outcome: object;
}

const CALL = {
  call_id: 'c1',
  caller_number: '+12125550123',
  caller_area: '212',
  called_number: '+18005550199',
  campaign: 'Roofing',
  source: 'Search & Co',
  zip_code: '01234',
};

const GENERIC_BODY =
  '{"call_id":"c1","caller_number":"+12125550123","caller_area":"212","called_number":"+18005550199","campaign":"Roofing","source":"Search & Co"}';
const GENERIC_PAIRS =
  'call_id=c1&caller_number=%2B12125550123&caller_area=212&called_number=%2B18005550199&campaign=Roofing&source=Search+%26+Co';
const GENERIC_ANSWER = {
  accepted: true,
  bid: 31.5,
  destination: '+12125550188',
  bid_ref: 'b-7',
  bill_after_seconds: 90,
  expires_in_seconds: 30,
};
const GENERIC_BID = {
  kind: 'bid',
  amountMicros: 31_500_000,
  destination: { kind: 'number', number: '+12125550188' },
  reference: 'b-7',
  billAfterMs: 90_000,
  lifetimeMs: 30_000,
};

const GENERIC: readonly DialectExample[] = [
  { request: `POST /rtb ${GENERIC_BODY}`, dialect: 'generic-json' },
  { request: `POST /rtb ${GENERIC_PAIRS}`, dialect: 'generic-form' },
  { request: `GET /rtb?${GENERIC_PAIRS}`, dialect: 'generic-query' },
].map((example) => ({
  ...example,
  title: 'a bid with number and terms',
  step: 'ping',
  tokens: CALL,
  answer: GENERIC_ANSWER,
  outcome: GENERIC_BID,
}));

const TWO_PHASE: readonly DialectExample[] = [
  {
    dialect: 'generic-json-two-phase',
    title: 'the ping names nobody and brings a price',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"step":"ping","call_id":"c1","caller_area":"212","campaign":"Roofing","source":"Search & Co"}',
    answer: { bid: 40, bid_ref: 'b-8' },
    outcome: { kind: 'bid', amountMicros: 40_000_000, destination: null, reference: 'b-8', lifetimeMs: 60_000 },
  },
  {
    dialect: 'generic-json-two-phase',
    title: 'a ping answer without the reference that the post needs is no bid',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"step":"ping","call_id":"c1","caller_area":"212","campaign":"Roofing","source":"Search & Co"}',
    answer: { bid: 40 },
    outcome: { kind: 'no-bid', reason: 'refused' },
  },
  {
    dialect: 'generic-json-two-phase',
    title: 'the post brings the number',
    step: 'post',
    tokens: { ...CALL, bid_ref: 'b-8' },
    request:
      'POST /rtb {"step":"post","bid_ref":"b-8","call_id":"c1","caller_number":"+12125550123","called_number":"+18005550199","campaign":"Roofing","source":"Search & Co"}',
    answer: { accepted: true, destination: 'sip:42@buyer.example' },
    outcome: { kind: 'accepted', destination: { kind: 'sip', uri: 'sip:42@buyer.example' }, amountMicros: null },
  },
];

export const DIALECT_EXAMPLES: readonly DialectExample[] = [...GENERIC, ...TWO_PHASE];
