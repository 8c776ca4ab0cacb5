/** Pausing and resuming a recording over the API: whom it obeys, what it answers, and what the log keeps. */
import t from 'tap';
import { CallFixture } from '../../support/call-fixture.js';
import { CallApi } from './call-api.js';

t.test('a key of the right scope pauses and resumes; the call and the log say who it was', async (t) => {
  const fixture = new CallFixture();
  const api = await CallApi.start(t, { live: fixture.live });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  const [{ callId } = { callId: '' }] = fixture.live.list();
  const controller = await api.key('calls:control');
  const post = (verb: string, id = callId, key = controller) =>
    api.ask(`/api/v1/calls/${id}/recording/${verb}`, key, { method: 'POST' });
  t.match(await post('pause'), { status: 409, json: { detail: 'the call is not being recorded now' } });
  caller.greet();
  await fixture.clock.advance(6_000);
  t.equal((await post('pause', callId, await api.key('calls:read'))).status, 403);
  t.match(await post('pause'), { status: 200, json: { id: callId, isPaused: true } });
  t.match(await post('resume'), { status: 200, json: { isPaused: false } });
  const texts = fixture.steps.map(({ text }) => text);
  t.ok(texts.some((text) => /^recording paused by key test \([a-z0-9]{8}\)$/.test(text)));
  t.match(api.logLines.join(''), /"audit":"recording-pause","callId":"id-\d+","keyId"/);
  caller.maskRecording = () => Promise.reject(new Error('the answer of a media server'));
  const failed = await post('pause');
  t.equal(failed.status, 503);
  t.notMatch(failed.text, 'the answer of a media server');
  caller.end();
  await done;
  t.equal((await post('pause', 'nobody')).status, 404);
});
