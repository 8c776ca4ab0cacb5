// What a caller says, taken down by a switch beside whatever else is recorded, until it is enough.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readWav } from '../../support/rtp-phone.js';
import { answeredCaller } from './placed-call.js';
import { request } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony } from './telephony-under-test.js';

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under);
const folder = t.testdir();
const NEVER = new AbortController().signal;
const TERMS = { waitMs: 1_500, pauseMs: 500, limitMs: 1_000, signal: NEVER };
const SILENCE = { path: null, durationMs: 0, isCutByKeys: true, silenceMs: 60_000 };

t.test(
  'who does not stop is cut off at the limit; the file holds him alone, beside the recording of the call',
  async (t) => {
    const recordPath = join(folder, 'call.wav');
    const { leg, peer, dialog } = await answeredCaller(tel, { recordPath });
    await leg.greeted;
    await leg.play(SILENCE);
    const path = join(folder, 'said.wav');
    t.same(await leg.listen({ ...TERMS, path }), { kind: 'spoke' });
    t.equal(readWav(path).channels, 1);
    peer.send(request(peer, 'BYE', 2, dialog));
    t.match(await leg.ended, { by: 'far-end' });
    t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
    t.equal(readWav(recordPath).channels, 2);
  },
);

t.test('who says nothing is waited for as long as told', async (t) => {
  const { leg, peer, dialog, voice } = await answeredCaller(tel);
  await leg.greeted;
  voice.hush();
  t.same(await leg.listen({ ...TERMS, limitMs: 20_000, path: join(folder, 'silent.wav') }), { kind: 'silence' });
  peer.send(request(peer, 'BYE', 2, dialog));
  await leg.ended;
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a signal ends it at once, also one that came before; a hang-up does too', async (t) => {
  const { leg, peer, dialog } = await answeredCaller(tel);
  await leg.greeted;
  const stop = new AbortController();
  const stopped = leg.listen({ ...TERMS, limitMs: 60_000, path: join(folder, 'stopped.wav'), signal: stop.signal });
  stop.abort();
  t.same(await stopped, { kind: 'stopped' });
  const unused = join(folder, 'unused.wav');
  t.same(await leg.listen({ ...TERMS, path: unused, signal: stop.signal }), { kind: 'stopped' });
  t.notOk(existsSync(unused));
  const left = leg.listen({ ...TERMS, limitMs: 60_000, path: join(folder, 'left.wav') });
  peer.send(request(peer, 'BYE', 2, dialog));
  t.same(await left, { kind: 'stopped' });
  t.same(await leg.listen({ ...TERMS, path: unused }), { kind: 'stopped' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test(
  'a path that cannot be written, or not be said to FreeSWITCH, is a failure and no fault of the call',
  async (t) => {
    const { leg, peer, dialog } = await answeredCaller(tel);
    await leg.greeted;
    t.match(await leg.listen({ ...TERMS, path: '/proc/nowhere/said.wav' }), {
      kind: 'failed',
      detail: /Cannot record/,
    });
    t.match(await leg.listen({ ...TERMS, path: '/tmp/a b.wav' }), { kind: 'failed', detail: /characters/ });
    t.notOk(leg.hasEnded);
    peer.send(request(peer, 'BYE', 2, dialog));
    await leg.ended;
    t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
  },
);
