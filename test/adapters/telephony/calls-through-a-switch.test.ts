// Whole calls between raw SIP peers, through drachtio-srf and modesl to a switch and back.
import t from 'tap';
import { acknowledge, answeredBuyer, answeredCaller, conversation, invitation } from './placed-call.js';
import { first, request, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { dialling, NOTHING_LEFT, nothingLeft, startTelephony, treatment } from './telephony-under-test.js';

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under);

t.test('the buyer hangs up: the caller hears the ending, and both dialogs and channels are gone', async (t) => {
  const { caller, buyer, unbridged } = await conversation(tel);
  t.same(await caller.leg.startRecording(`${t.testdir()}/talk.wav`), { ok: true });
  await buyer.voice.heard(10);
  buyer.peer.send(request(buyer.peer, 'BYE', 1, buyer.dialog));
  t.equal(await unbridged, 'buyer');
  t.match(await caller.leg.stopRecording(`${t.testdirName}/talk.wav`), {
    durationMs: Number,
    failure: null,
    isWhole: true,
  });
  t.match(await buyer.leg.ended, { by: 'far-end', cause: 'NORMAL_CLEARING' });
  caller.peer.answer(await caller.peer.next(/^BYE /), '200 OK');
  t.match(await caller.leg.ended, { by: 'media-server', cause: 'NORMAL_CLEARING' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('the caller hangs up while talking: the buyer gets BYE and nothing is left', async (t) => {
  const { caller, buyer, unbridged } = await conversation(tel);
  caller.peer.send(request(caller.peer, 'BYE', 2, caller.dialog));
  t.equal(await unbridged, 'caller');
  buyer.peer.answer(await buyer.peer.next(/^BYE /), '200 OK');
  t.match(await caller.leg.ended, { by: 'far-end' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a buyer who leaves is replaced: the caller is held meanwhile', async (t) => {
  const { caller, buyer, unbridged } = await conversation(tel, { afterwards: 'hold' });
  buyer.peer.send(request(buyer.peer, 'BYE', 1, buyer.dialog));
  t.equal(await unbridged, 'buyer');
  const second = await answeredBuyer(tel, caller.leg.mediaServer, { legId: 'call-1-b2' });
  const outcome = await caller.leg.bridge(second.leg, 'ending');
  t.equal(outcome.kind, 'bridged');
  const ends = Promise.all([caller.leg.hangup('NORMAL_CLEARING'), second.leg.hangup('NORMAL_CLEARING')]);
  caller.peer.answer(await caller.peer.next(/^BYE /), '200 OK');
  second.peer.answer(await second.peer.next(/^BYE /), '200 OK');
  await ends;
  t.match(await caller.leg.ended, { by: 'us' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a delayed offer: the offer goes out in the 200 and the answer comes in the ACK', async (t) => {
  const peer = await tel.peer();
  const dialog = invitation(under.sipPort);
  peer.send(request(peer, 'INVITE', 1, dialog), under.sipPort);
  const inbound = await tel.nextInbound();
  t.equal(inbound.facts.hasOffer, false);
  const states: string[] = [];
  const answering = inbound.answer(treatment(), async (leg) => {
    states.push(`${leg.state} ${leg.remoteSdp === null ? 'without' : 'with'} SDP`);
  });
  const ok = await acknowledge(peer, dialog, sdpFor(40_000));
  t.match(ok.body, /^m=audio/m);
  const outcome = await answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  await outcome.leg.greeted;
  t.equal(outcome.leg.hasEnded, false);
  t.same(states, ['setting-up without SDP', 'up with SDP']);
  const end = outcome.leg.hangup('NORMAL_CLEARING');
  peer.answer(await peer.next(/^BYE /), '200 OK');
  await end;
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('the caller cancels before the answer: 487, and the answer finds him gone', async (t) => {
  const peer = await tel.peer();
  const dialog = invitation(under.sipPort);
  const branch = `z9hG4bK${dialog.callId}`;
  peer.send(request(peer, 'INVITE', 1, dialog, { sdp: sdpFor(40_000), branch }), under.sipPort);
  const inbound = await tel.nextInbound();
  const cancelled = new Promise((resolve) => inbound.cancelled.addEventListener('abort', resolve));
  peer.send(request(peer, 'CANCEL', 1, dialog, { branch }), under.sipPort);
  await peer.next(/^SIP\/2\.0 487/);
  await cancelled;
  t.match(await inbound.answer(treatment(), () => Promise.resolve()), {
    kind: 'gone',
    end: { cause: 'ORIGINATOR_CANCEL' },
  });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('the caller cancels while the leg is journaled: the media leg is closed again', async (t) => {
  const peer = await tel.peer();
  const dialog = invitation(under.sipPort);
  const branch = `z9hG4bK${dialog.callId}`;
  peer.send(request(peer, 'INVITE', 1, dialog, { sdp: sdpFor(40_000), branch }), under.sipPort);
  const inbound = await tel.nextInbound();
  const outcome = await inbound.answer(treatment(), async () => {
    peer.send(request(peer, 'CANCEL', 1, dialog, { branch }), under.sipPort);
    await new Promise((resolve) => inbound.cancelled.addEventListener('abort', resolve));
  });
  t.match(outcome, { kind: 'gone', end: { cause: 'ORIGINATOR_CANCEL' } });
  t.match(await peer.next(/^SIP\/2\.0 487/), {});
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a call that is refused gets the status and, with 503, when to come again', async (t) => {
  for (const [status, retryAfter] of [
    [404, undefined],
    [503, 7],
  ] as const) {
    const peer = await tel.peer();
    peer.send(request(peer, 'INVITE', 1, invitation(under.sipPort), { sdp: sdpFor(40_000) }), under.sipPort);
    (await tel.nextInbound()).reject(status, 'not now', retryAfter);
    const answer = await peer.next(new RegExp(`^SIP/2.0 ${status}`));
    t.equal(first(answer, 'retry-after'), retryAfter === undefined ? '' : '7');
  }
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('voicemail: the greeting, the tone, the recording until the caller hangs up', async (t) => {
  const caller = await answeredCaller(tel);
  await caller.leg.greeted;
  const path = `${t.testdir()}/voicemail.wav`;
  const taken = caller.leg.takeVoicemail({
    greetingPath: 'tone_stream://%(50,0,500)',
    recordPath: path,
    limitMs: 1_000,
  });
  caller.peer.answer(await caller.peer.next(/^BYE /), '200 OK');
  const { end, durationMs } = await taken;
  t.match(end, { by: 'media-server', cause: 'NORMAL_CLEARING' });
  t.ok((durationMs ?? 0) > 500 && (durationMs ?? 0) < 3_000, `${durationMs} ms`);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a message is played in place of the music and the call then ended', async (t) => {
  const caller = await answeredCaller(tel);
  await caller.leg.greeted;
  const ended = caller.leg.playMessage('tone_stream://%(100,0,500)');
  caller.peer.answer(await caller.peer.next(/^BYE /), '200 OK');
  t.match(await ended, { by: 'media-server', cause: 'NORMAL_CLEARING' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a buyer who rings longer than a media leg may wait is still bridged, after his whisper', async (t) => {
  const caller = await answeredCaller(tel);
  await caller.leg.greeted;
  const buyer = await answeredBuyer(tel, caller.leg.mediaServer, {
    ringTimeoutMs: 40_000,
    whisperPath: 'tone_stream://%(100,0,600)',
  });
  t.equal((await caller.leg.bridge(buyer.leg, 'ending')).kind, 'bridged');
  const ends = Promise.all([caller.leg.hangup('NORMAL_CLEARING'), buyer.leg.hangup('NORMAL_CLEARING')]);
  caller.peer.answer(await caller.peer.next(/^BYE /), '200 OK');
  buyer.peer.answer(await buyer.peer.next(/^BYE /), '200 OK');
  await ends;
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('OPTIONS is answered 200 while both links are up', async (t) => {
  const peer = await tel.peer();
  peer.send(request(peer, 'OPTIONS', 1, invitation(under.sipPort)), under.sipPort);
  t.match((await peer.next(/^SIP/)).startLine, /^SIP\/2\.0 200/);
  t.same(dialling(peer, 'x').legs, []);
});
