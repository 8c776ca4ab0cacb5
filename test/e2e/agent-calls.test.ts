/**
 * Calls that go to an agent first: caller, agent and buyer each send a tone, and it is said who hears whom at every stage, what the one
 * recording has on each channel, and what is billed. The agent works over the API.
 */
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { WebSocket } from 'undici';
import { makeKey } from '../../src/cli/run-key.js';
import type { AgentPlan } from '../../src/domain/campaigns/agent.js';
import type { FakeBidder } from './fake-bidder.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import {
  type Answering,
  answering,
  calling,
  hearsOnly,
  type Party,
  presence,
  readStereo,
  refusing,
} from './tone-parties.js';
import { AGENT_HZ, BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const MUSIC_HZ = TONE_PROMPTS['hold-music'].hz;
const ALL = [CALLER_HZ, BUYER_HZ, AGENT_HZ, MUSIC_HZ];
/** Packets of a second. */
const SECOND = 50;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const { text: key } = await makeKey(sut.app.store.keys, 'ann', ['calls:agent', 'calls:read']);
const authorization = `Bearer ${key}`;

interface Session {
  readonly status: number;
  readonly detail?: string;
  readonly state?: string;
  readonly offers?: readonly { readonly targetId: string; readonly amountMicros: number }[];
}

async function ask(method: string, path: string, body?: object): Promise<Session> {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${sut.app.apiUrl}/api/v1/calls/${path}`, init);
  return { ...((await response.json()) as object), status: response.status };
}

interface Stage {
  readonly callId: string;
  readonly campaign: string;
  readonly caller: Party;
  readonly agent: Party;
  readonly buyer: Answering;
  readonly bidder: FakeBidder;
  readonly bids: readonly string[];
}

let count = 0;

/** The caller talks to the agent. The campaign has a bidder, whose buyer answers, and a target with a price, who refuses. */
async function withAgent(t: Test, plan: Partial<AgentPlan>): Promise<Stage> {
  const agentId = `ann-${count}`;
  const [desk, buyer] = [await answering(t, AGENT_HZ), await answering(t, BUYER_HZ, 1_000)];
  const bidder = await sut.startBidder({ accepted: true, bid: 50 });
  const did = await sut.addCampaign({
    targets: [
      { id: 'bidding', uri: buyer.uri, bidderUrl: bidder.url },
      { id: 'busy', uri: await refusing(t, 486), price: 20 },
    ],
    agents: [
      {
        ...{ id: agentId, name: 'Ann', isActive: true, destination: { kind: 'sip', uri: desk.uri }, trunkId: null },
        ...{ skills: [], pause: null, ringTimeoutMs: 10_000 },
      },
    ],
    changes: {
      agents: {
        agentIds: [agentId],
        need: null,
        order: 'best-skilled',
        queue: null,
        forwarding: 'manual',
        handover: 'cold',
        ...plan,
      },
    },
  });
  const campaign = `campaign-${count}`;
  count += 1;
  const feed = new WebSocket(`${(sut.app.apiUrl ?? '').replace('http', 'ws')}/api/v1/feed`, {
    headers: { authorization },
  });
  t.teardown(() => feed.close());
  const bids: string[] = [];
  feed.addEventListener('message', ({ data }) => {
    const { step, text = '' } = JSON.parse(String(data)) as { step?: string; text?: string };
    if (step === 'ping') bids.push(text);
  });
  await once(feed, 'message');
  const recording = sut.reached('recording-started');
  const caller = await calling(t, sut, did, CALLER_HZ);
  const agent = await desk.next();
  await recording;
  await Promise.all([hearsOnly(caller, [AGENT_HZ], ALL), hearsOnly(agent, [CALLER_HZ], ALL)]);
  await agent.media.receives(SECOND);
  const [{ callId } = { callId: '' }] = sut.app.live.list();
  return { callId, campaign, caller, agent, buyer, bidder, bids };
}

async function auction(t: Test, { callId, bids }: Stage): Promise<Session> {
  t.equal((await ask('PUT', `${callId}/tags`, { zip: '78701', service: 'roof' })).status, 200);
  const closed = sut.reached('auction-closed');
  t.equal((await ask('POST', `${callId}/auction`)).status, 202);
  await closed;
  const session = await ask('GET', `${callId}/agent`);
  t.match(bids.at(-1), / bids 50\.00 USD in /, 'the bid arrives on the live feed');
  return session;
}

async function recordOf(t: Test, { callId }: Stage, callerTenths = 20) {
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  t.equal(details.recordings.length, 1, 'one recording of all parts');
  const sound = await readStereo(details.recordings[0]?.wavPath ?? '');
  t.ok(presence(sound.left, CALLER_HZ).heard > callerTenths, 'the caller is on the left throughout');
  for (const hz of [AGENT_HZ, BUYER_HZ]) t.equal(presence(sound.left, hz).heard, 0, `${hz} Hz is not on the left`);
  return { details, sound };
}

t.test('by hand and cold: music while the buyer rings, then the buyer alone; the bill begins with him', async (t) => {
  const stage = await withAgent(t, {});
  const { callId, campaign, caller, agent } = stage;
  const session = await auction(t, stage);
  t.match(session.offers, [
    { targetId: `${campaign}-bidding`, amountMicros: 50_000_000 },
    { targetId: `${campaign}-busy` },
  ]);
  t.equal((await ask('POST', `${callId}/forward`, { targetId: `${campaign}-bidding` })).status, 202);
  await hearsOnly(caller, [MUSIC_HZ], ALL);
  const buyer = await stage.buyer.next();
  await Promise.all([hearsOnly(caller, [BUYER_HZ], ALL), hearsOnly(buyer, [CALLER_HZ], ALL)]);
  t.match(await agent.call.ended, { by: 'far-end' }, 'the agent drops');
  await buyer.media.receives(SECOND);
  buyer.call.hangup();
  await caller.call.ended;
  const { details, sound } = await recordOf(t, stage);
  const { call, timeline } = details;
  t.match(call, {
    outcome: 'sold',
    targetId: `${campaign}-bidding`,
    priceMicros: 50_000_000,
    release: { by: 'buyer' },
  });
  const bridgedMs = timeline.find(({ step }) => step === 'bridged')?.atMs ?? 0;
  const unbridgedMs = timeline.find(({ step }) => step === 'unbridged')?.atMs ?? 0;
  t.ok(Math.abs(call.talkMs - (unbridgedMs - bridgedMs)) < 200, 'what the agent said is not billed');
  for (const hz of [AGENT_HZ, MUSIC_HZ, BUYER_HZ])
    t.ok(presence(sound.right, hz).heard > 4, `${hz} Hz is on the right`);
  t.equal(presence(sound.right, TONE_PROMPTS['ending-message'].hz).heard, 0, 'the ending message is not');
});

t.test('warm: the three talk, each hears the two others, until the agent drops', async (t) => {
  const stage = await withAgent(t, { handover: 'warm' });
  const { callId, caller, agent } = stage;
  await auction(t, stage);
  t.equal((await ask('POST', `${callId}/forward`, {})).status, 202);
  const buyer = await stage.buyer.next();
  await Promise.all([
    hearsOnly(caller, [BUYER_HZ, AGENT_HZ], ALL),
    hearsOnly(buyer, [CALLER_HZ, AGENT_HZ], ALL),
    hearsOnly(agent, [CALLER_HZ, BUYER_HZ], ALL),
  ]);
  await agent.media.receives(SECOND);
  agent.call.hangup();
  await Promise.all([hearsOnly(caller, [BUYER_HZ], ALL), hearsOnly(buyer, [CALLER_HZ], ALL)]);
  caller.call.hangup();
  const { details, sound } = await recordOf(t, stage);
  t.match(details.call, { outcome: 'sold', release: { by: 'caller' } });
  for (const hz of [AGENT_HZ, BUYER_HZ]) t.ok(presence(sound.right, hz).heard > 5, `${hz} Hz is on the right`);
});

t.test(
  'automatic and warm: the best bid is rung as the auction closes; the buyer leaves first and all are let go',
  async (t) => {
    const stage = await withAgent(t, { forwarding: 'automatic', handover: 'warm' });
    await auction(t, stage);
    const buyer = await stage.buyer.next();
    await hearsOnly(stage.agent, [CALLER_HZ, BUYER_HZ], ALL);
    await buyer.media.receives(SECOND);
    buyer.call.hangup();
    t.match(await stage.agent.call.ended, { by: 'far-end' });
    await stage.caller.call.ended;
    const { details } = await recordOf(t, stage);
    t.match(details.call, { outcome: 'sold', release: { by: 'buyer' } });
  },
);

t.test(
  'a buyer who refuses brings the caller back to the agent, who then leaves him to the fallback chain',
  async (t) => {
    const stage = await withAgent(t, {});
    const { callId, campaign, caller, agent } = stage;
    await auction(t, stage);
    t.equal((await ask('POST', `${callId}/forward`, { targetId: `${campaign}-busy` })).status, 202);
    await agent.media.receives(SECOND);
    await Promise.all([hearsOnly(caller, [AGENT_HZ], ALL), hearsOnly(agent, [CALLER_HZ], ALL)]);
    t.match(await ask('POST', `${callId}/forward`, { targetId: 'nobody' }), {
      status: 409,
      detail: 'nobody has no bid in this auction',
    });
    agent.call.hangup();
    await caller.call.ended;
    const { details } = await recordOf(t, stage);
    t.match(details.call, { outcome: 'message', priceMicros: null });
    t.ok(details.timeline.some(({ text }) => text === 'back with agent Ann: none of 1 offers took the call'));
  },
);

t.test('the caller hangs up while the buyer rings: nobody is left', async (t) => {
  const stage = await withAgent(t, {});
  await auction(t, stage);
  const rung = sut.reached('ringing');
  await ask('POST', `${stage.callId}/forward`, {});
  await rung;
  const buyer = await stage.buyer.next();
  stage.caller.call.hangup();
  t.match(await stage.agent.call.ended, { by: 'far-end' });
  t.equal((await buyer.call.ended).kind, 'hung-up', 'the buyer rings no more');
  const { details } = await recordOf(t, stage, 10);
  t.match(details.call, { outcome: 'connected-unbilled', talkMs: 0, release: { by: 'caller' } });
});
