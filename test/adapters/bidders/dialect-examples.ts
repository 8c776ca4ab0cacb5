/** Documented exchanges with bidders: what we send, what comes back, and what it means to an auction. */
interface DialectExample {
  readonly dialect: string;
  readonly title: string;
  readonly step: 'ping' | 'post';
  readonly tokens: Readonly<Record<string, string>>;
  /** Method, path with query, body. */
  readonly request: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly status?: number;
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

/** Service Direct, "Marketplace Partners API" README of its partners SDK. */
const SERVICE_DIRECT: readonly DialectExample[] = [
  {
    dialect: 'service-direct',
    title: 'a buyer is available',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"zip_code":"01234","service_category":2}',
    requestHeaders: { 'sd-api-provider': 'key-1' },
    answer: { data: { available_buyer: true, request_id: 123, bid: 25, min_duration: 60 } },
    outcome: { kind: 'bid', amountMicros: 25_000_000, reference: '123', billAfterMs: 60_000, destination: null },
  },
  {
    dialect: 'service-direct',
    title: 'no buyer is HTTP 404, a refusal and no fault',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"zip_code":"01234","service_category":2}',
    status: 404,
    answer: { data: { available_buyer: false, request_id: 124 } },
    outcome: { kind: 'no-bid', reason: 'refused' },
  },
  {
    dialect: 'service-direct',
    title: 'a ZIP code that it does not know is a fault',
    step: 'ping',
    tokens: { ...CALL, zip_code: '00000' },
    request: 'POST /rtb {"zip_code":"00000","service_category":2}',
    status: 400,
    answer: { message: 'zip code unknown', error_code: 1003 },
    outcome: { kind: 'no-bid', reason: 'http-status' },
  },
  {
    dialect: 'service-direct',
    title: 'the accept brings ten digits, which are a number in the United States',
    step: 'post',
    tokens: { ...CALL, bid_ref: '123' },
    request: 'POST /rtb/123/accept',
    requestHeaders: { 'sd-api-provider': 'key-1' },
    answer: { data: { phone_number: '5555555555' } },
    outcome: { kind: 'accepted', destination: { kind: 'number', number: '+15555555555' } },
  },
];

/** Ringba support article 26359999885079, "How to Implement Ringba RTB". */
const RINGBA: readonly DialectExample[] = [
  {
    dialect: 'ringba',
    title: 'a bid with a SIP address',
    step: 'ping',
    tokens: CALL,
    request: 'GET /rtb?CID=%2B12125550123&exposeCallerId=yes&sipOk=true',
    answer: {
      bidId: 'bdb74fe968224e55b941f02fa1cb23b0',
      bidAmount: 42.75,
      expireInSeconds: 60,
      phoneNumber: '+18005550100',
      phoneNumberNoPlus: '18005550100',
      sipAddress: 'RTB1234@rtb.ringba.sip.telnyx.com',
      warnings: [],
    },
    outcome: {
      kind: 'bid',
      amountMicros: 42_750_000,
      destination: { kind: 'sip', uri: 'sip:RTB1234@rtb.ringba.sip.telnyx.com' },
      lifetimeMs: 60_000,
    },
  },
  {
    dialect: 'ringba',
    title: 'a bid with a number alone',
    step: 'ping',
    tokens: CALL,
    request: 'GET /rtb?CID=%2B12125550123&exposeCallerId=yes&sipOk=true',
    answer: { bidId: 'a', bidAmount: 12, expireInSeconds: 20, phoneNumberNoPlus: '18005550100' },
    outcome: { kind: 'bid', destination: { kind: 'number', number: '+18005550100' }, lifetimeMs: 20_000 },
  },
  {
    dialect: 'ringba',
    title: 'a refusal is HTTP 200 with a bid of 0 and its reason',
    step: 'ping',
    tokens: CALL,
    request: 'GET /rtb?CID=%2B12125550123&exposeCallerId=yes&sipOk=true',
    answer: { bidId: 'a', bidAmount: 0, rejectReason: 'Missing required fields' },
    outcome: { kind: 'no-bid', reason: 'refused', detail: 'Missing required fields' },
  },
];

/** Retreaver API documentation, RTB page: a reservation of a number. */
const RETREAVER: readonly DialectExample[] = [
  {
    dialect: 'retreaver',
    title: 'a number is reserved',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb?key=key-2&publisher_id=pub-3&caller_number=%2B12125550123',
    answer: {
      uuid: '0a1b',
      status: 'reserved',
      retreaver_payout: '30.0',
      retreaver_seconds: 120,
      inbound_number: '+18005550100',
      expires_at: '2026-11-20T15:00:45Z',
    },
    outcome: {
      kind: 'bid',
      amountMicros: 30_000_000,
      billAfterMs: 120_000,
      destination: { kind: 'number', number: '+18005550100' },
      lifetimeMs: 45_000,
    },
  },
  {
    dialect: 'retreaver',
    title: 'anything but a reservation is a refusal',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb?key=key-2&publisher_id=pub-3&caller_number=%2B12125550123',
    answer: { uuid: '0a1c', status: 'rejected' },
    outcome: { kind: 'no-bid', reason: 'refused' },
  },
];

/** TrackDrive, "Ping/Post Integration Guide": the best buyer is the first. */
const TRACKDRIVE: readonly DialectExample[] = [
  {
    dialect: 'trackdrive',
    title: 'the best of the available buyers is the bid',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"caller_id":"+12125550123","traffic_source_id":"source-4"}',
    answer: {
      status: 'success',
      try_all_buyers_ping_id: 'xyz789',
      buyers: [
        { buyer_id: 1, name: 'Buyer A', bid: 25.0, ping_id: 'abc123' },
        { buyer_id: 2, name: 'Buyer B', bid: 20.0, ping_id: 'def456' },
      ],
    },
    outcome: { kind: 'bid', amountMicros: 25_000_000, reference: 'abc123', destination: null },
  },
  {
    dialect: 'trackdrive',
    title: 'no buyer is a refusal',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"caller_id":"+12125550123","traffic_source_id":"source-4"}',
    answer: { status: 'success', buyers: [] },
    outcome: { kind: 'no-bid', reason: 'refused' },
  },
];

/** CallGrid knowledge base, "Bid API" and "Call Bidding Error Codes": refusals are HTTP 200 too. */
const CALLGRID: readonly DialectExample[] = [
  {
    dialect: 'callgrid',
    title: 'a refusal is HTTP 200 with a code of the 4000s',
    step: 'ping',
    tokens: CALL,
    request: 'POST /rtb {"CallerId":"+12125550123","InboundZipCode":"01234"}',
    answer: { code: 4004, message: 'Capacity check failed' },
    outcome: { kind: 'no-bid', reason: 'refused', detail: 'Capacity check failed' },
  },
];

export const DIALECT_EXAMPLES: readonly DialectExample[] = [
  ...GENERIC,
  ...TWO_PHASE,
  ...SERVICE_DIRECT,
  ...RINGBA,
  ...RETREAVER,
  ...TRACKDRIVE,
  ...CALLGRID,
];
