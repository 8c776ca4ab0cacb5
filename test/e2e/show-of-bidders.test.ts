/**
 * One call with everything that comes before a talk: the caller says by keys what he wants and where he lives, five networks bid in their
 * own dialects, the best is posted to and his number is busy, the second bid has expired by then, the third takes the call with a key after a
 * whisper that names the answers. The same on the embedded switch and on the real servers.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BUILT_IN_DIALECTS } from '../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../src/adapters/bidders/fill-dialect.js';
import type { BidderEntry } from '../../src/adapters/config-file/bidder-schema.js';
import { buildBidder } from '../../src/adapters/config-file/compose-bidder.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { Bidder } from '../../src/domain/bidding/bidder.js';
import type { Flow, KeyTerms } from '../../src/domain/flows/flow.js';
import type { DecisionTrace } from '../../src/domain/routing/decision-trace.js';
import type { Gateway } from '../../src/domain/trunks/trunk.js';
import { missingProgram } from '../support/installed-program.js';
import type { TargetPlan } from './campaign-builder.js';
import { NetworkBidder } from './network-bidder.js';
import type { SippParty } from './sipp-party.js';
import { startSwitchUnderTest } from './switch-under-test.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { presence, readStereo } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const CALLER = '+13105550123';
const KEY = '5';
/** 2.5 s of the other one's packets. */
const TALK_PACKETS = 125;
/** Longer than the bid of Ringba stands, so that it has expired when its turn comes. */
const BUSY_AFTER_MS = 1_500;

const sut = await SystemUnderTest.start(() => startSwitchUnderTest(), {
  speechEngines: ['flite', 'flite-wasm', 'espeak-ng'],
});
t.teardown(() => sut.close());

const said = (promptId: keyof typeof TONE_PROMPTS) => ({ kind: 'prompt', promptId }) as const;

const KEYS: KeyTerms = {
  ...{ prompt: said('menu-question'), isInterruptible: true, timeoutMs: 5_000, maxTries: 2 },
  ...{ noInputPrompt: null, invalidPrompt: null, onNoInput: 'bye', onInvalid: 'bye' },
};

/** Service Direct knows roofing as category 24, an integer; the others take the word. */
const FLOW: Flow = {
  id: 'zip-and-service',
  name: 'ZIP and service',
  start: 'service',
  nodes: {
    service: { kind: 'menu', tag: 'service', keys: { 1: { next: 'category', value: 'roofing' } }, ...KEYS },
    category: { kind: 'set-tag', tag: 'sd_category', value: '24', next: 'zip' },
    zip: {
      ...{ kind: 'gather', tag: 'zip', form: 'zip', minDigits: 5, maxDigits: 5, digitTimeoutMs: 3_000 },
      ...{ terminator: '#', ...KEYS, prompt: said('zip-question'), next: 'sell' },
    },
    sell: { kind: 'plan' },
    bye: { kind: 'hang-up', prompt: null },
  },
};

const WHISPER = {
  id: 'told',
  kind: 'text',
  text: 'A caller from {{tag:ivr.zip|somewhere}} needs {{tag:ivr.service|help}}.',
  voice: 'slt',
} as const;
const WHISPERED = 'A caller from 9 0 2 1 0 needs roofing.';

/** As an operator writes it into a configuration file. */
function bidderOf(entry: Omit<BidderEntry, 'id'>): Bidder {
  const source = { dialects: BUILT_IN_DIALECTS, fillDialect };
  const full = { id: 'any', pingTimeoutMs: 5_000, postTimeoutMs: 5_000, ...entry };
  const bidder = buildBidder(full, 'bidder', source, []);
  if (bidder === null) throw new Error('the bidder cannot be built');
  return bidder;
}

const gatewayOf = ({ run }: SippParty): { gateways: Gateway[]; optionsProbe: null } => ({
  gateways: [{ host: '127.0.0.1', port: run.port, transport: 'udp', priority: 1, weight: 1 }],
  optionsProbe: null,
});

async function startNetworks(t: Test) {
  const uuid = '4454ffc8-c1b4-4420-81d2-4bbd1a1e132e';
  const networks = {
    trackdrive: await NetworkBidder.start(({ path }) => ({
      json: path.includes('/post/')
        ? { status: 'success', number: '18009876543' }
        : {
            ...{ status: 'success', try_all_buyers_ping_id: 'xyz789' },
            buyers: [
              { buyer_id: 1, name: 'Buyer A', bid: 45.0, ping_id: 'abc123' },
              { buyer_id: 2, name: 'Buyer B', bid: 20.0, ping_id: 'def456' },
            ],
          },
    })),
    ringba: await NetworkBidder.start(() => ({
      json: {
        ...{ bidId: 'RTBe983e428edc9', bidAmount: 42, expireInSeconds: 1, phoneNumber: '+17733408913' },
        ...{ sipAddress: 'RTBe983e428edc9@127.0.0.1:9', warnings: [] },
      },
    })),
    servicedirect: await NetworkBidder.start(({ path }) => ({
      json: path.endsWith('/accept')
        ? { data: { phone_number: '5129566629' } }
        : { data: { available_buyer: true, request_id: 123, bid: 38, min_duration: 1 } },
    })),
    callgrid: await NetworkBidder.start(() => ({
      json: { code: 1000, message: 'Bid accepted', dynamicBid: 35, phoneNumber: '+13035550199' },
    })),
    retreaver: await NetworkBidder.start(() => ({
      json: {
        ...{ uuid, status: 'reserved', retreaver_payout: 30.0, retreaver_seconds: 10 },
        ...{ inbound_number: '+18778955221', expires_at: new Date(Date.now() + 60_000).toISOString() },
      },
    })),
  };
  for (const network of Object.values(networks)) t.teardown(() => network.close());
  return networks;
}

type Networks = Awaited<ReturnType<typeof startNetworks>>;

function targetsOf(networks: Networks, busy: SippParty, buyer: SippParty): readonly TargetPlan[] {
  const { trackdrive, ringba, servicedirect, callgrid, retreaver } = networks;
  const changes = {
    destination: null,
    whisperPromptId: WHISPER.id,
    acceptKey: { digit: KEY, timeoutMs: 8_000, promptId: 'accept-prompt', voicemailDrop: null },
  } as const;
  const service = { service: '{{service}}' };
  const entries: Readonly<Record<keyof Networks, Omit<BidderEntry, 'id'>>> = {
    trackdrive: {
      ...{ dialect: 'trackdrive', settings: { traffic_source_id: 'source_abc' }, fields: service },
      url: trackdrive.url('/api/v1/inbound_webhooks/ping/roofs'),
      postUrl: trackdrive.url('/api/v1/inbound_webhooks/post/roofs'),
    },
    ringba: { dialect: 'ringba', url: ringba.url('/v1/production/RTB_ID.json'), fields: service },
    servicedirect: {
      ...{ dialect: 'service-direct', url: servicedirect.url('/partners/request') },
      ...{ settings: { provider_key: 'key-1' }, fields: { service_category: '{{sd_category|number}}' } },
    },
    callgrid: { dialect: 'callgrid', url: callgrid.url('/api/bid/GRID'), fields: { CampaignType: '{{service}}' } },
    retreaver: {
      ...{ dialect: 'retreaver', url: retreaver.url('/rtbs.json'), fields: service },
      settings: { key: 'key-2', publisher_id: 'pub-3' },
    },
  };
  return Object.entries(entries).map(([id, entry]) => ({
    ...{ id, uri: '', bidder: bidderOf(entry), changes },
    through: gatewayOf(id === 'trackdrive' ? busy : buyer),
  }));
}

/** Everybody is asked once, in the form of his network; the two that were rung also got their post, and nobody heard anything else. */
function assertAsked(t: Test, { trackdrive, ringba, servicedirect, callgrid, retreaver }: Networks): void {
  const bodies = ({ requests }: NetworkBidder): unknown[] =>
    requests.map(({ body }) => (body === '' ? null : JSON.parse(body)));
  t.same(trackdrive.asked, ['POST /api/v1/inbound_webhooks/ping/roofs', 'POST /api/v1/inbound_webhooks/post/roofs']);
  t.same(bodies(trackdrive), [
    { caller_id: CALLER, traffic_source_id: 'source_abc', zip: '90210', service: 'roofing' },
    { ping_id: 'abc123', caller_id: CALLER },
  ]);
  t.same(ringba.asked, [
    'GET /v1/production/RTB_ID.json?CID=%2B13105550123&exposeCallerId=yes&sipOk=true&zipcode=90210&service=roofing',
  ]);
  t.same(servicedirect.asked, ['POST /partners/request', 'POST /partners/request/123/accept']);
  t.same(bodies(servicedirect), [
    { sd_api_key: 'key-1', zip_code: '90210', service_category: 24 },
    { sd_api_key: 'key-1' },
  ]);
  t.same(callgrid.asked, ['POST /api/bid/GRID']);
  t.same(bodies(callgrid), [
    { CallerId: CALLER, InboundStateCode: 'CA', InboundZipCode: '90210', CampaignType: 'roofing' },
  ]);
  const query = 'key=key-2&publisher_id=pub-3&caller_number=%2B13105550123&caller_zip=90210&service=roofing';
  t.same(retreaver.asked, [`POST /rtbs.json?${query}`]);
  for (const { requests } of [trackdrive, servicedirect, callgrid])
    for (const { headers } of requests) t.match(headers, { 'content-type': 'application/json' });
  for (const { requests } of [trackdrive, ringba, servicedirect, callgrid, retreaver])
    for (const { headers } of requests) t.match(headers, { accept: 'application/json', 'user-agent': 'ringpost' });
}

function assertTrace(t: Test, trace: DecisionTrace | null): void {
  const of = (name: string) => trace?.candidates.find(({ targetId }) => targetId.endsWith(`-${name}`));
  const failed = (name: string) => of(name)?.checks.filter(({ passed }) => !passed);
  t.match(of('trackdrive'), { outcome: 'failed', rank: 1, amountMicros: 45_000_000 });
  t.match(failed('trackdrive'), [{ check: 'dial', values: /^486 / }]);
  t.match(
    of('trackdrive')?.checks.find(({ check }) => check === 'post'),
    { passed: true },
  );
  t.match(of('ringba'), { outcome: 'failed', rank: 2, amountMicros: 42_000_000 });
  t.match(failed('ringba'), [{ check: 'bid-expiry' }]);
  t.match(of('servicedirect'), { outcome: 'won', rank: 3, amountMicros: 38_000_000 });
  t.match(of('callgrid'), { outcome: 'outbid', rank: 4, amountMicros: 35_000_000 });
  t.match(of('retreaver'), { outcome: 'outbid', rank: 5, amountMicros: 30_000_000 });
}

async function assertRecord(t: Test, { call, bids, ledger, recordings, timeline, trace }: CallDetails): Promise<void> {
  const answers = { service: 'roofing', sd_category: '24', zip: '90210' };
  t.match(call, { outcome: 'sold', state: 'ended', priceMicros: 38_000_000, flow: { nodeId: 'sell', answers } });
  t.match(call.targetId, /-servicedirect$/);
  t.same(
    bids
      .map(({ outcome, amountMicros }) => [outcome, (amountMicros ?? 0) / 1e6])
      .sort((a, b) => Number(b[1]) - Number(a[1])),
    [45, 42, 38, 35, 30].map((price) => ['bid', price]),
  );
  t.same(
    ledger.map(({ kind, amountMicros }) => [kind, amountMicros]),
    [
      ['buyer-charge', 38_000_000],
      ['source-payout', 26_600_000],
    ],
    'the price of who took the call, and the share of the source in it',
  );
  assertTrace(t, trace);
  const posts = timeline.filter(({ step }) => step === 'post').map(({ text }) => text);
  t.match(posts, [/takes the call at 45\.00 USD/, /takes the call at 38\.00 USD/]);
  t.match(recordings, [{ state: 'ready', kind: 'call' }]);
  const { left, right } = await readStereo(recordings[0]?.wavPath ?? '');
  for (const [channel, hz, other] of [
    [left, CALLER_HZ, BUYER_HZ],
    [right, BUYER_HZ, CALLER_HZ],
  ] as const) {
    t.ok(presence(channel, hz).heard > 10, `${hz} Hz is on its own channel`);
    t.equal(presence(channel, other).heard, 0, `and ${other} Hz is not`);
    t.equal(presence(channel, TONE_PROMPTS['accept-prompt'].hz).heard, 0, 'nor what the buyer was told');
  }
}

/** Root mean square; speech is ten times as loud. */
const LOUD = 300;
const FULL_SCALE = 32_768;

/** Something loud of which no tone of this test makes up the half: that is speech. */
function hearsSpeech({ phone }: SippParty): boolean {
  const samples = phone.heard();
  const meanSquare = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const tones = [CALLER_HZ, ...Object.values(TONE_PROMPTS).map(({ hz }) => hz)];
  const shareOf = (hz: number): number => (FULL_SCALE ** 2 / 2) * (10 ** (phone.levelDb(hz) / 10) / meanSquare);
  return meanSquare > LOUD ** 2 && tones.every((hz) => shareOf(hz) < 0.5);
}

/** The sounds that were made for single calls. */
const soundsOfCalls = (): number => readdirSync(join(sut.folder, 'prompts', 'calls')).length;

async function askAndSell(t: Test, caller: SippParty, buyer: SippParty, networks: Networks): Promise<void> {
  t.ok(await caller.hears(TONE_PROMPTS['menu-question'].hz), 'the caller is asked for the service');
  const asked = Object.values(networks).flatMap((network) => network.asked);
  t.same(asked, [], 'and nobody has been asked for a bid');
  caller.phone.sendDtmf('1');
  t.ok(await caller.hears(TONE_PROMPTS['zip-question'].hz), 'then for his ZIP code');
  caller.phone.sendDtmf('90210');
  t.ok(await caller.hears(TONE_PROMPTS['hold-music'].hz), 'and hears music');
  await Promise.race([buyer.phone.until(() => hearsSpeech(buyer)), buyer.run.ended]);
  t.ok(hearsSpeech(buyer), 'the buyer hears the whisper');
  t.ok(await buyer.hears(TONE_PROMPTS['accept-prompt'].hz), 'then what to press');
  t.ok(caller.isSilentAt(BUYER_HZ), 'while the caller does not hear him');
  buyer.phone.sendDtmf(KEY);
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'they talk');
  await Promise.all([caller.receives(TALK_PACKETS), buyer.receives(TALK_PACKETS)]);
}

t.test(
  'five networks bid for who said ZIP and service by keys: the best is busy, the second expired, the third is told and takes him',
  { skip },
  async (t) => {
    const networks = await startNetworks(t);
    const busy = await sut.startBuyer('uas-rings-and-is-busy-expect-ack', { ring_ms: BUSY_AFTER_MS });
    const buyer = await sut.startBuyer('uas-answers-expect-bye');
    const did = await sut.addCampaign({
      targets: targetsOf(networks, busy, buyer),
      strategy: { kind: 'auction' },
      flow: FLOW,
      prompts: [WHISPER],
    });
    const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did, { caller: CALLER });
    await askAndSell(t, caller, buyer, networks);
    sut.app.live.hangupAll();
    for (const party of [caller, busy, buyer]) t.equal((await party.run.ended).diagnosis, '');
    assertAsked(t, networks);
    t.match((await busy.run.message('received', /^INVITE/)).text, /^INVITE sip:\+18009876543@/);
    t.match((await buyer.run.message('received', /^INVITE/)).text, /^INVITE sip:\+15129566629@/);
    const details = await sut.record(caller);
    t.match(details.call.callId, /^[\w-]+$/);
    const { text } = await buyer.run.message('received', /^INVITE/);
    t.match(text, new RegExp(`^X-Call-Id: ${details.call.callId}\\r?$`, 'm'), 'the buyer is told our id of the call');
    await assertRecord(t, details);
    t.equal(soundsOfCalls(), 1, 'one whisper was spoken for this call');
    await sut.app.prompts.speak(WHISPERED, WHISPER.voice);
    t.equal(soundsOfCalls(), 1, `and it said: ${WHISPERED}`);
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
