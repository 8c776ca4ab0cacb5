/** Supervisors over the API: a scope of its own, wrong fields named, who asked kept in log and timeline. */
import t, { type Test } from 'tap';
import { CallFixture } from '../../support/call-fixture.js';
import { CallApi } from './call-api.js';

async function talking(t: Test) {
  const fixture = new CallFixture();
  const api = await CallApi.start(t, { live: fixture.live });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  const [{ callId } = { callId: '' }] = fixture.live.list();
  const supervision = await api.key('calls:monitor');
  const ask = (method: string, path: string, body?: object, key = supervision) =>
    api.ask(`/api/v1/calls/${path}`, key, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return { fixture, api, caller, callId, ask, done };
}

const BOSS = { mode: 'listen', destination: 'sip:boss@127.0.0.1:5099' };

t.test('a key of the right scope rings a supervisor, changes his manner and sends him away', async (t) => {
  const { fixture, api, caller, callId, ask, done } = await talking(t);
  t.match(await ask('POST', `${callId}/monitor`, BOSS), {
    status: 409,
    json: { detail: 'nobody talks with the caller now' },
  });
  caller.greet();
  await fixture.clock.advance(6_000);
  const controller = await api.key('calls:control', 'calls:read');
  t.equal((await ask('POST', `${callId}/monitor`, BOSS, controller)).status, 403, 'who controls may not listen');
  const { status, json } = await ask('POST', `${callId}/monitor`, BOSS);
  t.equal(status, 202);
  t.match(json, {
    mode: 'listen',
    to: null,
    state: 'ringing',
    destination: BOSS.destination,
    by: /^key test \(\w{8}\)$/,
  });
  const { id } = json as { id: string };
  await fixture.clock.advance(1_000);
  t.match(await ask('GET', `${callId}/monitor`), { status: 200, json: { items: [{ id, state: 'on' }] } });
  t.match(await ask('PUT', `${callId}/monitor/${id}`, { mode: 'whisper' }), { json: { mode: 'whisper', to: 'buyer' } });
  t.equal((await ask('PUT', `${callId}/monitor/nobody`, { mode: 'barge' })).status, 404);
  t.equal((await ask('DELETE', `${callId}/monitor/${id}`)).status, 204);
  t.equal((await ask('DELETE', `${callId}/monitor/${id}`)).status, 404);
  const log = api.logLines.join('');
  t.match(
    log,
    /"audit":"monitor","callId":"id-\d+","mode":"listen","to":"buyer","destination":"sip:boss@127.0.0.1:5099","keyId"/,
  );
  t.match(log, /"audit":"monitor-change"/);
  t.match(log, /"audit":"monitor-stop"/);
  caller.end();
  await done;
  t.match((await fixture.stored()).timeline.filter(({ step }) => step === 'monitor')[0]?.data, {
    mode: 'listen',
    by: /^key test/,
  });
  t.equal((await ask('GET', 'nobody/monitor')).status, 404);
});

t.test('wrong requests name the field', async (t) => {
  const { fixture, caller, callId, ask, done } = await talking(t);
  caller.greet();
  await fixture.clock.advance(6_000);
  const faultOf = async (body: object) => {
    const { status, json } = await ask('POST', `${callId}/monitor`, body);
    return [status, (json as { faults?: { field: string }[] }).faults?.map(({ field }) => field)];
  };
  t.same(await faultOf({ ...BOSS, destination: 'the boss' }), [422, ['destination']]);
  t.same(await faultOf({ ...BOSS, destination: '+12025550123' }), [422, ['trunkId']]);
  t.same(await faultOf({ ...BOSS, destination: '+12025550123', trunkId: 'no-trunk' }), [422, ['trunkId']]);
  t.same(await faultOf({ ...BOSS, mode: 'shout' }), [422, ['mode']]);
  t.same(await faultOf({ ...BOSS, mode: 'whisper', to: 'everybody' }), [422, ['to']]);
  t.same(
    fixture.steps.filter(({ step }) => step === 'monitor'),
    [],
  );
  caller.end();
  await done;
});
