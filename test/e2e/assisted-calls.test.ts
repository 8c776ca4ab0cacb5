/**
 * Callers who are asked by keys and then go to an agent, with SIPp as caller, agent, buyer and supervisor: forwarded by hand and
 * automatically, cold and warm; who hears whom, in the ears and on the recording. A bid that has expired by the click is refused, and
 * what a supervisor whispers to the agent stays with the agent.
 */
import t, { type Test } from 'tap';
import { makeKey } from '../../src/cli/run-key.js';
import type { AgentPlan } from '../../src/domain/agent.js';
import type { Flow } from '../../src/domain/flow.js';
import { ANY_BIDDER } from '../support/call-configuration.js';
import { missingProgram } from '../support/installed-program.js';
import type { SippParty } from './sipp-party.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { hearsOnly, presence, readStereo } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const AGENT_HZ = 1_700;
const SUPERVISOR_HZ = 2_300;
const MUSIC_HZ = TONE_PROMPTS['hold-music'].hz;
const ALL = [CALLER_HZ, BUYER_HZ, AGENT_HZ, SUPERVISOR_HZ, MUSIC_HZ];
/** Packets of a second. */
const SECOND = 50;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const SCOPES_OF_KEY = ['calls:agent', 'calls:read', 'calls:monitor', 'calls:control'] as const;
const { text: key } = await makeKey(sut.app.store.keys, 'ann', SCOPES_OF_KEY);

interface Answer {
  readonly status: number;
  readonly detail?: string;
  readonly offers?: readonly { readonly targetId: string; readonly amountMicros: number }[];
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${sut.app.apiUrl}/api/v1/${path}`, init);
  const text = await response.text();
  return { ...(text === '' ? {} : (JSON.parse(text) as object)), status: response.status };
}

/** Asks what service is wanted, and then sells the call. */
function flowOf(id: string): Flow {
  const prompt = { kind: 'prompt', promptId: 'menu-question' } as const;
  return {
    ...{ id, name: id, start: 'service' },
    nodes: {
      service: {
        ...{
          kind: 'menu',
          tag: 'service',
          keys: { 2: { next: 'sell', value: 'roof' } },
          prompt,
          isInterruptible: true,
        },
        ...{
          timeoutMs: 5_000,
          maxTries: 2,
          noInputPrompt: null,
          invalidPrompt: null,
          onNoInput: 'bye',
          onInvalid: 'bye',
        },
      },
      sell: { kind: 'plan' },
      bye: { kind: 'hang-up', prompt: { kind: 'prompt', promptId: 'sorry-message' } },
    },
  };
}

interface Stage {
  readonly callId: string;
  readonly targetId: string;
  readonly caller: SippParty;
  readonly agent: SippParty;
  readonly buyer: SippParty;
}

/** Settles when a party hears exactly these tones; rejects when it is hung up before. */
async function hears(party: SippParty, wanted: readonly number[]): Promise<void> {
  const ended = party.run.ended.then(({ diagnosis }) => {
    throw new Error(`hung up before ${wanted.join(' and ')} Hz were heard\n${diagnosis}`);
  });
  await Promise.race([hearsOnly({ media: party.phone }, wanted, ALL), ended]);
}

let count = 0;

/** The caller has pressed his key, and talks to the agent. */
async function assisted(t: Test, plan: Partial<AgentPlan>, bidLifetimeMs = 60_000): Promise<Stage> {
  const [id, agentId] = [`campaign-${count}`, `ann-${count}`];
  count += 1;
  const agent = await sut.startBuyer('uas-answers-expect-bye');
  agent.phone.setTone(AGENT_HZ);
  const buyer = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 1_000 });
  const { url } = await sut.startBidder({ accepted: true, bid: 50 });
  const { id: _none, ...terms } = ANY_BIDDER;
  const fields = { call_id: '{{call_id}}', what: '{{service}}' };
  const dialect = { ...terms.dialect, ping: { ...terms.dialect.ping, url, fields } };
  const did = await sut.addCampaign({
    targets: [{ id: 'roofer', uri: buyer.run.uri, bidder: { ...terms, dialect, bidLifetimeMs } }],
    flow: flowOf(id),
    agents: [
      {
        ...{
          id: agentId,
          name: 'Ann',
          isActive: true,
          destination: { kind: 'sip', uri: agent.run.uri },
          trunkId: null,
        },
        ...{ skills: [], pause: null, ringTimeoutMs: 10_000 },
      },
    ],
    changes: { agents: agentPlan(agentId, plan) },
  });
  const recording = sut.reached('recording-started');
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['menu-question'].hz), 'the caller is asked');
  caller.phone.sendDtmf('2');
  await recording;
  await Promise.all([hears(caller, [AGENT_HZ]), hears(agent, [CALLER_HZ])]);
  await agent.receives(SECOND);
  const [{ callId } = { callId: '' }] = sut.app.live.list();
  return { callId, targetId: `${id}-roofer`, caller, agent, buyer };
}

function agentPlan(agentId: string, changes: Partial<AgentPlan>): AgentPlan {
  const nobodyWaits = { need: null, order: 'best-skilled', queue: null } as const;
  return { agentIds: [agentId], ...nobodyWaits, forwarding: 'manual', handover: 'cold', ...changes };
}

async function auction(t: Test, { callId, targetId }: Stage): Promise<void> {
  t.equal((await ask('PUT', `calls/${callId}/tags`, { zip: '78701' })).status, 200);
  const closed = sut.reached('auction-closed');
  t.equal((await ask('POST', `calls/${callId}/auction`)).status, 202);
  await closed;
  t.match((await ask('GET', `calls/${callId}/agent`)).offers, [{ targetId, amountMicros: 50_000_000 }]);
}

async function hangUp({ callId }: Stage): Promise<void> {
  await ask('POST', `live-calls/${callId}/hangup`);
}

/** The record of a call of which every party has been told how it ended. */
async function recordOf(t: Test, stage: Stage, parties: readonly SippParty[]) {
  for (const party of parties) t.equal((await party.run.ended).diagnosis, '');
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.record(stage.caller);
  t.match(details.call.flow?.answers, { service: 'roof' });
  t.equal(details.recordings.length, 1, 'one recording of all parts');
  const { left, right } = await readStereo(details.recordings[0]?.wavPath ?? '');
  t.ok(presence(left, CALLER_HZ).heard > 10, 'the caller is on the left');
  for (const hz of [AGENT_HZ, BUYER_HZ, SUPERVISOR_HZ])
    t.equal(presence(left, hz).heard, 0, `${hz} Hz is not on the left`);
  t.ok(presence(right, AGENT_HZ).heard > 4, 'the agent is on the right');
  t.equal(presence(right, SUPERVISOR_HZ).heard, 0, 'a supervisor is nowhere');
  return { details, right };
}

async function assertSold(t: Test, stage: Stage): Promise<void> {
  const { caller, agent, buyer } = stage;
  const { details, right } = await recordOf(t, stage, [caller, agent, buyer]);
  t.match(details.call, { outcome: 'sold', targetId: stage.targetId, priceMicros: 50_000_000 });
  t.ok(presence(right, BUYER_HZ).heard > 4, 'the buyer is on the right');
}

async function talkAlone({ caller, buyer }: Stage): Promise<void> {
  await Promise.all([hears(caller, [BUYER_HZ]), hears(buyer, [CALLER_HZ])]);
  await buyer.receives(SECOND);
}

async function talkAllThree({ caller, buyer, agent }: Stage): Promise<void> {
  await Promise.all([
    hears(caller, [BUYER_HZ, AGENT_HZ]),
    hears(buyer, [CALLER_HZ, AGENT_HZ]),
    hears(agent, [CALLER_HZ, BUYER_HZ]),
  ]);
  await agent.receives(SECOND);
}

t.test(
  'by hand and cold: the caller hears music, then the buyer alone, and the agent is hung up',
  { skip },
  async (t) => {
    const stage = await assisted(t, {});
    await auction(t, stage);
    t.equal((await ask('POST', `calls/${stage.callId}/forward`, { targetId: stage.targetId })).status, 202);
    await hears(stage.caller, [MUSIC_HZ]);
    await talkAlone(stage);
    t.equal((await stage.agent.run.ended).diagnosis, '', 'the agent has his BYE');
    await hangUp(stage);
    await assertSold(t, stage);
  },
);

t.test('by hand and warm: the three talk until the agent leaves', { skip }, async (t) => {
  const stage = await assisted(t, { handover: 'warm' });
  await auction(t, stage);
  t.equal((await ask('POST', `calls/${stage.callId}/forward`, {})).status, 202);
  await talkAllThree(stage);
  t.ok((await ask('POST', `calls/${stage.callId}/agent/leave`)).status < 300);
  await talkAlone(stage);
  await hangUp(stage);
  await assertSold(t, stage);
});

t.test(
  'automatically and cold: the best bid is rung as the auction closes, and the agent is hung up',
  { skip },
  async (t) => {
    const stage = await assisted(t, { forwarding: 'automatic' });
    await auction(t, stage);
    await talkAlone(stage);
    t.equal((await stage.agent.run.ended).diagnosis, '');
    await hangUp(stage);
    await assertSold(t, stage);
  },
);

t.test('automatically and warm: the three talk, and all are let go with the call', { skip }, async (t) => {
  const stage = await assisted(t, { forwarding: 'automatic', handover: 'warm' });
  await auction(t, stage);
  await talkAllThree(stage);
  await hangUp(stage);
  await assertSold(t, stage);
});

t.test('a bid that has expired by the click is refused: nobody is rung, and the two talk on', { skip }, async (t) => {
  const stage = await assisted(t, {}, 1_000);
  const { callId, targetId, caller, agent } = stage;
  await auction(t, stage);
  await agent.receives(2 * SECOND);
  const named = await ask('POST', `calls/${callId}/forward`, { targetId });
  t.match(named, { status: 409, detail: /^the bid of roofer expired \d+\.\d s ago: start the auction again$/ });
  t.match(await ask('POST', `calls/${callId}/forward`, {}), { status: 409, detail: /^no bid stands/ });
  await Promise.all([hears(caller, [AGENT_HZ]), hears(agent, [CALLER_HZ])]);
  await hangUp(stage);
  const { details } = await recordOf(t, stage, [caller, agent]);
  t.match(details.call, { priceMicros: null });
  t.equal(stage.buyer.run.messages.length, 0, 'the buyer never rang');
});

t.test(
  'a supervisor whispers to the agent: the agent hears him, the caller and the recording do not',
  { skip },
  async (t) => {
    const stage = await assisted(t, {});
    const { callId, caller, agent } = stage;
    const supervisor = await sut.startBuyer('uas-answers-expect-bye');
    supervisor.phone.setTone(SUPERVISOR_HZ);
    const asked = { mode: 'whisper', destination: supervisor.run.uri };
    t.equal((await ask('POST', `calls/${callId}/monitor`, asked)).status, 202);
    await Promise.all([
      hears(agent, [CALLER_HZ, SUPERVISOR_HZ]),
      hears(caller, [AGENT_HZ]),
      hears(supervisor, [CALLER_HZ, AGENT_HZ]),
    ]);
    await agent.receives(2 * SECOND);
    await hears(caller, [AGENT_HZ]);
    await hangUp(stage);
    await recordOf(t, stage, [caller, agent, supervisor]);
  },
);
