/** What an agent does over the API: enters, asks the bidders, forwards; refused with a sentence when it cannot be. */
import t, { type Test } from 'tap';
import type { Agent } from '../../../src/domain/campaigns/agent.js';
import { biddingTarget, staticTarget } from '../../support/call-configuration.js';
import { bidOf, CallFixture } from '../../support/call-fixture.js';
import { CallApi } from './call-api.js';

const AGENT: Agent = {
  ...{ id: 'ann', name: 'Ann', isActive: true, destination: { kind: 'sip', uri: 'sip:ann@127.0.0.1' }, trunkId: null },
  ...{ skills: [], pause: null, ringTimeoutMs: 15_000 },
};

async function answered(t: Test) {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta'), staticTarget('alpha', 20)],
    campaign: {
      agents: {
        agentIds: ['ann'],
        need: null,
        order: 'best-skilled',
        queue: null,
        forwarding: 'manual',
        handover: 'cold',
      },
    },
    document: { agents: [AGENT] },
  });
  fixture.pings.set('bidder-beta', bidOf(50, 100, { lifetimeMs: 5_000 }));
  const api = await CallApi.start(t, { live: fixture.live });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  const [{ callId } = { callId: '' }] = fixture.live.list();
  const key = await api.key('calls:agent');
  const ask = (method: string, path: string, body?: object, as = key) =>
    api.ask(`/api/v1/calls/${path}`, as, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return { fixture, api, caller, callId, ask, done };
}

t.test('an agent enters what he learns, sees the bids and forwards to one', async (t) => {
  const { fixture, api, caller, callId, ask, done } = await answered(t);
  t.match(await ask('GET', `${callId}/agent`), { status: 409, json: { detail: 'no agent has the call' } });
  caller.greet();
  await fixture.clock.advance(2_000);
  t.equal((await ask('POST', `${callId}/auction`, undefined, await api.key('calls:control'))).status, 403);
  t.match(await ask('PUT', `${callId}/tags`, { zip: '78701' }), { status: 200, json: { tags: { zip: '78701' } } });
  t.equal((await ask('PUT', `${callId}/tags`, {})).status, 422);
  t.equal((await ask('PUT', `${callId}/tags`, { 'Not a name': 'x' })).status, 422);
  t.equal((await ask('PUT', `${callId}/tags`, { zip: 78701 })).status, 422);
  t.match(await ask('POST', `${callId}/auction`), { status: 202, json: { auction: 'running' } });
  await fixture.clock.advance(200);
  t.match((await ask('GET', `${callId}/agent`)).json, {
    ...{ agentId: 'ann', state: 'talking', auction: 'closed', currency: 'USD' },
    offers: [
      { targetId: 'beta', amountMicros: 50_000_000 },
      { targetId: 'alpha', standsForMs: null },
    ],
  });
  await fixture.clock.advance(6_000);
  t.match(await ask('POST', `${callId}/forward`, { targetId: 'beta' }), {
    status: 409,
    json: { detail: /^the bid of beta expired 1\.\d s ago/ },
  });
  t.equal((await ask('POST', `${callId}/forward`, { handover: 'tepid' })).status, 422);
  t.match(await ask('POST', `${callId}/forward`, { targetId: 'alpha', handover: 'warm' }), {
    status: 202,
    json: { state: 'forwarding' },
  });
  await fixture.clock.advance(1_500);
  t.match(await ask('POST', `${callId}/agent/leave`), { status: 200, json: { state: 'handed-over' } });
  t.match(await ask('POST', `${callId}/agent/leave`), { status: 409, json: { detail: 'the agent has left already' } });
  t.match(
    api.logLines.join(''),
    /"audit":"agent-forward","callId":"id-\d+","targetId":"alpha","handover":"warm","keyId"/,
  );
  caller.end();
  await done;
  t.equal((await ask('GET', 'nobody/agent')).status, 404);
  const entries = (await fixture.stored()).timeline.filter(({ step }) => step === 'agent');
  t.match(entries.find(({ text }) => text.startsWith('Ann forwards'))?.data, {
    agentId: 'ann',
    by: /^key test/,
    handover: 'warm',
  });
});
