// Whole legs over scripted servers: what a switch, a network or a handler can do to a call that a real one does seldom.
import t from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { sdpFor } from './raw-sip-peer.js';
import { callIn, inDialog, invite, nextInbound, nothingLeft, type Rig, startRig, until } from './scripted-servers.js';
import { dialling, NOTHING_LEFT, treatment } from './telephony-under-test.js';

/** The event socket is cut and comes back. */
async function renewEventSocket(rig: Rig): Promise<void> {
  rig.freeswitch.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  await rig.clock.advance(50);
  await until(rig, () => rig.telephony.ready().isReady);
}

t.test(
  'no ACK from the caller: drachtio gives the dialog up, the answer ends as gone and the media leg is closed',
  async (t) => {
    const rig = await startRig(t);
    const { answering } = await callIn(rig, 'no-ack', { acknowledges: false });
    rig.drachtio.deliver(inDialog('BYE', 'no-ack'), 'unsolicited', 'dialog-txn-no-ack', 'application');
    t.match(await answering, { kind: 'gone', end: { cause: 'RECOVERY_ON_TIMER_EXPIRE', sipStatus: 408 } });
    t.match((await rig.drachtio.next(/^BYE/)).dialogId, /^fs-/);
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  },
);

t.test('the ACK never comes and drachtio says nothing: our own deadline ends the call', async (t) => {
  const rig = await startRig(t);
  const { answering } = await callIn(rig, 'silent', { acknowledges: false });
  await until(rig, () => rig.telephony.counts().callerLegs === 1);
  await rig.clock.advance(DEFAULT_DEADLINES.ackMs);
  t.match(await answering, { kind: 'gone', end: { by: 'us', cause: 'RECOVERY_ON_TIMER_EXPIRE' } });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('a BYE in the same bytes as the ACK ends a call that has just been answered', async (t) => {
  const rig = await startRig(t);
  const { answering } = await callIn(rig, 'quick');
  rig.drachtio.deliver(inDialog('BYE', 'quick'), 'txn-bye', 'dialog-txn-quick');
  const outcome = await answering;
  const end = outcome.kind === 'answered' ? await outcome.leg.ended : outcome;
  t.match(end, outcome.kind === 'answered' ? { by: 'far-end' } : { kind: 'gone', end: { by: 'far-end' } });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

/** The far end takes a re-INVITE; drachtio names the dialog as it names one of ours. */
function takeReinvites(rig: Rig): void {
  const behave = rig.drachtio.onRequest;
  rig.drachtio.onRequest = (request) => {
    behave(request);
    if (!/^INVITE sip:far@/.test(request.startLine)) return;
    const dialogId = `${request.header('call-id')};from-tag=us`;
    rig.drachtio.respond(request, '200 OK', { dialogId, body: sdpFor(40_000, 2) });
  };
}

t.test('drachtio is lost and comes back: both dialogs of the call are rebuilt, and the next BYE ends it', async (t) => {
  const rig = await startRig(t);
  takeReinvites(rig);
  const outcome = await (await callIn(rig, 'lost')).answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  rig.drachtio.dropClient();
  const again = rig.drachtio.next(/^INVITE sip:far@192\.0\.2\.7/);
  await until(rig, () => rig.drachtio.messages.some(({ startLine }) => startLine.startsWith('INVITE sip:far@')));
  t.match((await again).header('call-id'), 'lost');
  t.match((await again).header('to'), 'tag=far');
  await until(rig, () =>
    rig.drachtio.messages.some(({ startLine, dialogId }) => /^ACK/.test(startLine) && /^lost/.test(dialogId)),
  );
  t.equal(outcome.leg.hasEnded, false);
  rig.drachtio.deliver(inDialog('BYE', 'lost'), 'txn-bye', 'lost;from-tag=us');
  t.match(await outcome.leg.ended, { by: 'far-end' });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('drachtio does not come back: its calls end, and the far end is told when it is there again', async (t) => {
  const rig = await startRig(t);
  const outcome = await (await callIn(rig, 'waiting')).answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  rig.drachtio.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  const hangup = outcome.leg.hangup('NORMAL_CLEARING');
  const bye = rig.drachtio.next(/^BYE sip:far@192\.0\.2\.7/);
  while (!rig.drachtio.messages.some(({ startLine }) => startLine.startsWith('BYE sip:far@')))
    await rig.clock.advance(1);
  t.equal((await bye).header('call-id'), 'waiting');
  await hangup;
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('a greeting that ended while the event socket was away is found out afterwards', async (t) => {
  const rig = await startRig(t);
  const outcome = await (await callIn(rig, 'greeted')).answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  let isGreeted = false;
  const greeted = outcome.leg.greeted.then(() => {
    isGreeted = true;
  });
  rig.freeswitch.onApi = (line) => (line.startsWith('uuid_exists') ? 'true' : 'loop_playback');
  await renewEventSocket(rig);
  await until(rig, () => isGreeted);
  await greeted;
  t.equal(outcome.leg.hasEnded, false);
  const end = outcome.leg.hangup('NORMAL_CLEARING');
  await end;
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('the bridge fails with what the media server says, and waits no longer than its deadline', async (t) => {
  const rig = await startRig(t);
  const caller = await (await callIn(rig, 'bridge')).answering;
  if (caller.kind !== 'answered') throw new Error(caller.kind);
  const { request } = dialling({ port: 5099 } as never, 'fs1');
  const dialled = rig.telephony.dial(request);
  rig.drachtio.respond(await rig.drachtio.next(/^INVITE sip:buyer@127\.0\.0\.1:5099/), '200 OK', {
    dialogId: 'far-buyer',
    body: sdpFor(40_002),
  });
  const buyer = await dialled;
  if (buyer.kind !== 'answered') throw new Error(buyer.kind);
  rig.freeswitch.event({
    'Event-Name': 'CUSTOM',
    'Event-Subclass': 'ringpost::buyer_ready',
    'Unique-ID': buyer.leg.channelId,
  });
  rig.freeswitch.onApi = (line) => (line.startsWith('uuid_bridge') ? '-ERR Invalid uuid\n' : '+OK\n');
  t.same(await caller.leg.bridge(buyer.leg, 'ending'), { kind: 'failed', detail: 'uuid_bridge: -ERR Invalid uuid ' });
  rig.freeswitch.onApi = () => '+OK\n';
  const joining = rig.freeswitch.next(/uuid_bridge/);
  const second = caller.leg.bridge(buyer.leg, 'ending');
  await joining;
  await rig.clock.advance(DEFAULT_DEADLINES.bridgeMs);
  t.match(await second, { kind: 'failed', detail: /bridge took more than/ });
  await Promise.all([caller.leg.hangup('NORMAL_CLEARING'), buyer.leg.hangup('NORMAL_CLEARING')]);
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('a media server that refuses, or says nothing, leaves the caller to be answered otherwise', async (t) => {
  const rig = await startRig(t);
  for (const [status, expected] of [
    ['503 Maximum Calls In Progress', 503],
    ['488 Not Acceptable Here', 488],
  ] as const) {
    rig.drachtio.onRequest = (request) => {
      if (request.startLine.startsWith('INVITE')) rig.drachtio.respond(request, status);
    };
    rig.drachtio.deliver(invite(`refused-${expected}`), `txn-${expected}`);
    const outcome = await (await nextInbound(rig)).answer(treatment(), () => Promise.resolve());
    t.match(outcome, { kind: 'no-media', sipStatus: expected });
  }
  rig.drachtio.onRequest = () => undefined;
  rig.drachtio.deliver(invite('unanswered'), 'txn-unanswered');
  const answering = (await nextInbound(rig)).answer(treatment(), () => Promise.resolve());
  while (rig.drachtio.messages.filter((message) => message.startLine.startsWith('INVITE')).length < 3) {
    await rig.clock.advance(0);
  }
  await rig.clock.advance(DEFAULT_DEADLINES.answerMs);
  t.match(await answering, { kind: 'no-media', sipStatus: 503 });
  t.match((await rig.drachtio.next(/^CANCEL/)).startLine, /^CANCEL/);
});

t.test('an offer that would not fit into one control message is no offer for us', async (t) => {
  const rig = await startRig(t);
  const sdp = `${sdpFor(40_000)}${'a=x-padding:0123456789\r\n'.repeat(200)}`;
  rig.drachtio.deliver(invite('large', { sdp }), 'txn-large');
  const outcome = await (await nextInbound(rig)).answer(treatment(), () => Promise.resolve());
  t.match(outcome, { kind: 'no-media', detail: /over the limit of 4000/ });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('bytes that are not UTF-8 in a name and in the SDP: the call goes on and nothing is cut off', async (t) => {
  const rig = await startRig(t);
  const sdp = sdpFor(40_000).replace('s=-', 's=caf\u00e9 \u{1f600}');
  rig.drachtio.deliver(invite('bytes', { from: '"Caf\xe9 \xff" <sip:+15557654321@192.0.2.7>', sdp }), 'txn-bytes');
  const inbound = await nextInbound(rig);
  t.match(inbound.facts, { callerUser: '+15557654321', callerName: /^Caf/ });
  const answering = inbound.answer(treatment(), () => Promise.resolve());
  const offered = await rig.drachtio.next(/^INVITE sip:caller@/);
  t.equal(offered.header('content-length'), String(Buffer.byteLength(offered.body)));
  t.match(offered.body, /a=sendrecv\r\n$/);
  await rig.drachtio.next(/^SIP\/2\.0 200/);
  rig.drachtio.deliver(inDialog('ACK', 'bytes'), 'txn-bytes', 'dialog-txn-bytes');
  rig.drachtio.deliver(inDialog('BYE', 'bytes'), 'txn-bye', 'dialog-txn-bytes');
  await answering;
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('a handler that fails answers 500 and the next call is taken', async (t) => {
  const rig = await startRig(t, async (call) => {
    if (call.facts.sipCallId === 'fails') throw new Error('a bug');
    call.reject(404, 'Not Found');
  });
  rig.drachtio.deliver(invite('fails'), 'txn-fails');
  rig.drachtio.deliver(invite('next'), 'txn-next');
  t.equal((await rig.drachtio.next(/^SIP\/2\.0 500/)).transactionId, 'txn-fails');
  t.equal((await rig.drachtio.next(/^SIP\/2\.0 404/)).transactionId, 'txn-next');
  t.ok(rig.log.has('the handler of an inbound call failed'));
});

t.test('an ignored call is never answered, and what was kept of it is forgotten', async (t) => {
  const rig = await startRig(t, async (call) => {
    if (call.facts.sipCallId !== 'ignored') return call.reject(404, 'Not Found');
    call.ignore();
    call.reject(403, 'Forbidden');
  });
  rig.drachtio.deliver(invite('ignored'), 'txn-ignored');
  rig.drachtio.deliver(invite('known'), 'txn-known');
  await rig.drachtio.next(/^SIP\/2\.0 404/);
  t.same(
    rig.drachtio.messages.filter((message) => message.transactionId === 'txn-ignored'),
    [],
  );
  // drachtio-srf tells a CANCEL to the INVITE that it still keeps; of this one nothing is kept.
  rig.drachtio.deliver(inDialog('CANCEL', 'ignored'), 'txn-ignored');
  await rig.clock.advance(1);
  t.equal(rig.inbound[0]?.cancelled.aborted, false);
});

t.test(
  'intake stops: drachtio is told, what comes nevertheless gets 503 with a time, and calls that are up go on',
  async (t) => {
    const rig = await startRig(t);
    const outcome = await (await callIn(rig, 'up')).answering;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    rig.telephony.stopIntake();
    rig.drachtio.deliver(invite('late'), 'txn-late');
    const refusal = await rig.drachtio.next(/^SIP\/2\.0 503/);
    t.equal(refusal.header('retry-after'), '10');
    t.ok(rig.drachtio.messages.some((message) => message.startLine === 'remove_route invite'));
    t.equal(outcome.leg.hasEnded, false);
    rig.drachtio.deliver(inDialog('BYE', 'up'), 'txn-bye', 'dialog-txn-up');
    t.match(await outcome.leg.ended, { by: 'far-end' });
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  },
);

t.test(
  'hangup settles at its deadline when nobody answers the BYEs, and the channel is killed by command',
  async (t) => {
    const rig = await startRig(t);
    const outcome = await (await callIn(rig, 'deaf')).answering;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    rig.drachtio.onRequest = () => undefined;
    const killed = rig.freeswitch.next(/^api uuid_kill /);
    const [first, second] = [outcome.leg.hangup('NORMAL_CLEARING'), outcome.leg.hangup('USER_BUSY')];
    await rig.drachtio.next(/^BYE/);
    await rig.clock.advance(DEFAULT_DEADLINES.requestMs);
    t.equal(await killed, `api uuid_kill ${outcome.leg.channelId} NORMAL_CLEARING`);
    await Promise.all([first, second]);
    t.match(await outcome.leg.ended, { by: 'us', cause: 'NORMAL_CLEARING' });
    t.equal(rig.drachtio.messages.filter((message) => message.startLine.startsWith('BYE')).length, 2);
    t.equal(rig.telephony.counts().callerLegs, 0);
    t.equal(rig.telephony.counts().dialogs, 0);
  },
);
