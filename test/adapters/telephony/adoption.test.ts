// A process has gone and left its calls behind; the next one takes them over. Both are adapters of this file, on one switch.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { adoptTalk, bothReinvited, nextNew, originVersion, reinvited, succeeded, takesBye } from './adopted-call.js';
import { type Conversation, conversation } from './placed-call.js';
import { first, request, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony, type TelephonyUnderTest } from './telephony-under-test.js';

const under = await switchUnderTest(t);

async function talking(t: Test): Promise<{ before: TelephonyUnderTest; talk: Conversation }> {
  const before = await startTelephony(t, under);
  return { before, talk: await conversation(before) };
}

/** The caller hangs up; everything ends. */
async function endTalk(talk: Conversation, after: TelephonyUnderTest): Promise<object> {
  const { peer, dialog } = talk.caller;
  peer.send(request(peer, 'BYE', 9, dialog), under.sipPort);
  await takesBye(talk.buyer.peer);
  return await nothingLeft(after.telephony);
}

t.test(
  'a pair in talk is taken over by re-INVITE inside its dialogs, and the hang-up of the buyer ends the caller',
  async (t) => {
    const { before, talk } = await talking(t);
    const after = await succeeded(t, under, before);
    const asked = bothReinvited(talk);
    const { outcome, caller } = await adoptTalk(after, talk);
    const [toCaller, toBuyer] = await asked;
    t.equal(first(toCaller, 'call-id'), talk.caller.dialog.callId);
    t.match(first(toCaller, 'from'), `tag=${caller.leg.localTag}`);
    t.match(first(toCaller, 'to'), `tag=${caller.leg.remoteTag}`);
    t.ok(Number.parseInt(first(toBuyer, 'cseq'), 10) > Number.parseInt(first(talk.buyer.invite, 'cseq'), 10));
    t.ok(originVersion(toCaller.body) > originVersion(talk.caller.ok.body));
    t.ok(originVersion(toBuyer.body) > originVersion(talk.buyer.invite.body));
    await Promise.all([talk.caller.voice.heard(25), talk.buyer.voice.heard(25)]);
    talk.buyer.peer.send(request(talk.buyer.peer, 'BYE', 1, talk.buyer.dialog), under.sipPort);
    t.match((await talk.buyer.peer.next(/^SIP\/2.0 200 /)).startLine, '200');
    t.equal(await outcome.unbridged, 'buyer');
    await takesBye(talk.caller.peer);
    t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
    t.match(caller.later.at(-1), { state: 'ended' });
  },
);

t.test('a caller who hung up while nobody could hear it: his 481 to the re-INVITE ends the pair', async (t) => {
  const { before, talk } = await talking(t);
  // Connected anew, and so after drachtio has seen the old connection end; until it adopts, nobody hears the caller.
  const after = await succeeded(t, under, before);
  talk.caller.peer.send(request(talk.caller.peer, 'BYE', 2, talk.caller.dialog), under.sipPort);
  await nextNew(talk.caller.peer, /^SIP\/2.0 481/);
  const asked = reinvited(talk.buyer.peer, talk.buyer.voice.port);
  const refused = nextNew(talk.caller.peer, /^INVITE /).then((invite) => talk.caller.peer.answer(invite, '481 Gone'));
  const { outcome } = await adoptTalk(after, talk);
  await Promise.all([asked, refused]);
  t.equal(outcome.leftUnseen, true, 'and when he did, nobody knows');
  t.equal(await outcome.unbridged, 'caller');
  t.match(await outcome.caller.ended, { by: 'far-end', cause: 'NORMAL_CLEARING' });
  await takesBye(talk.buyer.peer);
  t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
});

t.test('a BYE that crosses the re-INVITE ends the pair', async (t) => {
  const { before, talk } = await talking(t);
  const after = await succeeded(t, under, before);
  const { peer, dialog } = talk.caller;
  const crossed = nextNew(peer, /^INVITE /).then(async (invite) => {
    peer.send(request(peer, 'BYE', 2, dialog), under.sipPort);
    await peer.next(/^SIP\/2.0 481/);
    const again = nextNew(peer, /^INVITE /);
    peer.answer(invite, '487 Request Terminated');
    // Where drachtio has forgotten the re-INVITE with the BYE, it is sent once more.
    void again.then((second) => peer.answer(second, '481 Gone'));
  });
  const asked = reinvited(talk.buyer.peer, talk.buyer.voice.port);
  const { outcome } = await adoptTalk(after, talk);
  await Promise.all([crossed, asked]);
  t.equal(await outcome.unbridged, 'caller');
  t.match(await outcome.caller.ended, { by: 'far-end' });
  await takesBye(talk.buyer.peer);
  t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
});

t.test('glare: a far end that answers 491 is asked again and the pair talks on', async (t) => {
  const { before, talk } = await talking(t);
  const after = await succeeded(t, under, before);
  const { peer, voice } = talk.caller;
  const asked = nextNew(peer, /^INVITE /).then(async (invite) => {
    const again = reinvited(peer, voice.port);
    peer.answer(invite, '491 Request Pending');
    return await again;
  });
  const [{ outcome }] = await Promise.all([
    adoptTalk(after, talk),
    asked,
    reinvited(talk.buyer.peer, talk.buyer.voice.port),
  ]);
  t.equal(outcome.caller.hasEnded, false);
  t.same(await endTalk(talk, after), NOTHING_LEFT);
});

t.test(
  'a caller on hold stays on hold: what he said last is offered to FreeSWITCH, and its answer to him',
  async (t) => {
    const { before, talk } = await talking(t);
    const { peer, dialog, voice } = talk.caller;
    const onHold = sdpFor(voice.port, 2).replace('sendrecv', 'sendonly');
    peer.send(request(peer, 'INVITE', 2, dialog, { sdp: onHold }), under.sipPort);
    const ok = await nextNew(peer, /^SIP\/2.0 200/);
    peer.send(request(peer, 'ACK', 2, dialog), under.sipPort);
    t.match(ok.body, 'a=recvonly');
    const after = await succeeded(t, under, before);
    const [, toCaller] = await Promise.all([
      adoptTalk(after, talk),
      reinvited(peer, voice.port, onHold.replace('- 1 2 IN', '- 1 3 IN')),
      reinvited(talk.buyer.peer, talk.buyer.voice.port),
    ]);
    t.match(toCaller.body, 'a=recvonly');
    t.ok(originVersion(toCaller.body) > originVersion(ok.body));
    t.same(await endTalk(talk, after), NOTHING_LEFT);
  },
);

t.test('the recording goes on: the survey names it, and it ends with its whole length', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ringpost-adoption-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'talk.wav');
  const { before, talk } = await talking(t);
  const { caller, buyer } = talk;
  t.same(await caller.leg.startRecording(path), { ok: true });
  await caller.voice.heard(50);
  const after = await succeeded(t, under, before);
  const survey = await after.telephony.survey();
  t.same(survey.unreachable, []);
  t.match(survey.channels.get(caller.leg.channelId), {
    mediaServer: under.mediaServer.name,
    isAnswered: true,
    bridgedTo: buyer.leg.channelId,
    callId: 'call-1',
    role: 'caller',
    recordingPaths: [path],
  });
  t.match(survey.channels.get(buyer.leg.channelId), { bridgedTo: caller.leg.channelId, role: 'buyer' });
  const [{ outcome }] = await Promise.all([adoptTalk(after, talk, path), bothReinvited(talk)]);
  t.equal(outcome.isRecording, true);
  await caller.voice.heard(50);
  const end = await outcome.caller.stopRecording(path);
  t.equal(end.failure, null);
  t.ok((end.durationMs ?? 0) >= 1_900, `${end.durationMs} ms`);
  t.same(await endTalk(talk, after), NOTHING_LEFT);
});

t.test('a pair that has parted is not taken over: both are ended', async (t) => {
  const { before, talk } = await talking(t);
  await before.telephony.close();
  const after = await startTelephony(t, under);
  const caller = talk.caller.journal.at(-1);
  const buyer = talk.buyer.journal.at(-1);
  if (caller === undefined || buyer === undefined) throw new Error('nothing was journaled');
  await after.telephony.endChannel(buyer.channelId, buyer.mediaServer, 'NORMAL_CLEARING');
  const onLeg = (): Promise<void> => Promise.resolve();
  const adopting = after.telephony.adoptPair({
    caller: { leg: caller, onLeg },
    buyer: { leg: buyer, onLeg },
    recordPath: null,
    isRecordedFromAnswer: false,
    afterwards: 'ending',
  });
  await Promise.all([takesBye(talk.caller.peer), takesBye(talk.buyer.peer)]);
  t.match(await adopting, { kind: 'gone' });
  t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
  t.same([...(await after.telephony.survey()).channels.keys()], []);
});
