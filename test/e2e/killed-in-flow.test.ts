/**
 * Callers of a team, and one whose control app is killed while he is asked: he hears music when the question is over and nobody
 * goes on, and the app that is started next does not ask again but sells the call with what he had answered.
 */
import t from 'tap';
import type { FlowNode } from '../../src/domain/flows/flow.js';
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { SHORT_KEYS } from '../support/flow-samples.js';
import { MortalApp, TAKEN_OVER } from './mortal-app.js';
import { BUYER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const mortal = await MortalApp.open();
t.teardown(() => mortal.close());

/** A second of talk: more than the campaign asks for. */
const LONG_ENOUGH_PACKETS = 50;

const said = (promptId: string) => ({ kind: 'prompt', promptId }) as const;
const NODES: Record<string, FlowNode> = {
  service: {
    ...{ kind: 'menu', tag: 'service', keys: { 1: { next: 'again', value: 'roof' } } },
    ...{ ...SHORT_KEYS, prompt: said('menu-question') },
  },
  again: {
    kind: 'menu',
    tag: null,
    keys: { 1: { next: 'sell', value: null } },
    ...SHORT_KEYS,
    prompt: said('zip-question'),
  },
  sell: { kind: 'plan' },
  bye: { kind: 'hang-up', prompt: null },
};

t.test('killed in a flow, started again: music meanwhile, then the buyer whom his answer found', async (t) => {
  const bidder = await mortal.startBidder({ accepted: true, bid: 40 });
  const buyers = await mortal.startPhone('buyer', { kind: 'answer', afterMs: 50 });
  const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
  const did = await mortal.addCampaign({
    targets: [{ id: 'acme', uri: buyers.uri, bidderUrl: bidder.url, bidderFields: { what: '{{service}}' } }],
    flow: { id: 'asks', name: 'asks', start: 'service', nodes: NODES },
  });
  const first = await mortal.start();
  const caller = await callers.call(mortal.sipUri(did), '+13105550123');
  const phone = caller.media as TonePhoneMedia;
  await phone.hears(TONE_PROMPTS['menu-question'].hz);
  phone.sendDtmf('1');
  await phone.hears(TONE_PROMPTS['zip-question'].hz);
  await first.kill();
  await phone.hears(TONE_PROMPTS['hold-music'].hz);
  t.equal(bidder.requests.length, 0);
  const second = mortal.begin();
  t.match(await second.line(TAKEN_OVER), { routed: 1, closed: 0, strayChannels: 0 });
  await phone.hears(BUYER_HZ);
  t.match(bidder.requests, [{ what: 'roof' }]);
  await phone.receives(LONG_ENOUGH_PACKETS);
  caller.hangup();
  await mortal.allClosed(second);
  t.equal(await mortal.stop(second), 0);
  const [details, ...others] = await mortal.calls();
  t.equal(others.length, 0);
  t.match(details?.call, { state: 'ended', outcome: 'sold', flow: { nodeId: 'again', answers: { service: 'roof' } } });
  t.equal(await mortal.channelsLeft(), 0);
});

t.test('killed while it listens to a caller: nothing of his voice is left by the next start', async (t) => {
  const callers = await mortal.startPhone('caller', { kind: 'refuse', status: 480 });
  const speech = { language: 'en-US', minConfidence: 0.4 };
  const service: FlowNode = {
    ...{ kind: 'menu', tag: 'service', keys: { 1: { next: 'bye', value: null, says: ['roof'] } }, speech },
    ...{ ...SHORT_KEYS, timeoutMs: 10_000, prompt: said('short-question') },
  };
  const nodes: Record<string, FlowNode> = { service, bye: { kind: 'hang-up', prompt: null } };
  const did = await mortal.addCampaign({ targets: [], flow: { id: 'hears', name: 'hears', start: 'service', nodes } });
  const app = await mortal.start({ RINGPOST_ASR_URL: 'https://asr.example/listen' });
  const caller = await callers.call(mortal.sipUri(did), '+13105550123');
  const phone = caller.media as TonePhoneMedia;
  while (mortal.utterances().length === 0) await phone.receives(5);
  await app.kill();
  t.equal(mortal.utterances().length, 1, 'the switch still writes down what he says');
  const second = mortal.begin();
  await second.line(TAKEN_OVER);
  t.same(mortal.utterances(), []);
  caller.hangup();
  await mortal.allClosed(second);
  t.equal(await mortal.stop(second), 0);
  t.same(mortal.utterances(), []);
  t.equal(await mortal.channelsLeft(), 0);
});
