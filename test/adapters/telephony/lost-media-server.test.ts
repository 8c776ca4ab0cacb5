// Fault row F9 over scripted servers: a FreeSWITCH is gone, or back without its channels, and the legs cannot go on.
import t from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import { sdpFor } from './raw-sip-peer.js';
import { callerOf } from './scripted-calls.js';
import { inDialog, invite, nextInbound, nothingLeft, type Rig, startRig, until } from './scripted-servers.js';
import { dialling, NOTHING_LEFT, treatment } from './telephony-under-test.js';

const NOT_TAKEN = 'a media server did not take a leg of another';
/** No shorter than the pause between two rounds through the pool. */
const ROUND_MS = 200;
const LOST = { by: 'link', cause: 'NETWORK_OUT_OF_ORDER' } as const;

/** The event socket is cut and comes back. */
async function renewEventSocket(rig: Rig): Promise<void> {
  rig.freeswitch.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  await rig.clock.advance(50);
  await until(rig, () => rig.telephony.ready().isReady);
}

/** drachtio holds the dialogs of the caller and of FreeSWITCH; whoever asks for a channel hears that there is none. */
function forgetChannels(rig: Rig): void {
  rig.freeswitch.onApi = (line) => (line.startsWith('uuid_exists') ? 'false' : '+OK\n');
}

function invitesToFreeSwitch({ drachtio }: Rig): number {
  return drachtio.messages.filter(({ startLine }) => /^INVITE sip:caller@127\.0\.0\.1:5080/.test(startLine)).length;
}

t.test(
  'a media server that does not come back ends its calls: the caller gets a BYE, and is told for how long he heard nothing',
  async (t) => {
    const rig = await startRig(t);
    const leg = await callerOf(rig, 'dead-media');
    rig.freeswitch.close();
    await until(rig, () => !rig.telephony.ready().isReady);
    await rig.clock.advance(50);
    await until(rig, () => rig.telephony.ready().links.some(({ detail }) => /ECONNREFUSED/.test(detail)));
    while (!leg.hasEnded) await rig.clock.advance(100);
    const end = await leg.ended;
    t.match(end, { ...LOST, detail: 'media server fs1 was lost: no other was up to take the call' });
    const { restartMs } = DEFAULT_DEADLINES;
    t.ok((end.silentMs ?? 0) >= restartMs - 200 && (end.silentMs ?? 0) <= restartMs + 1_000, `${end.silentMs} ms`);
    await until(rig, () =>
      rig.drachtio.messages.some(({ startLine, dialogId }) => /^BYE/.test(startLine) && /dead-media/.test(dialogId)),
    );
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  },
);

t.test('a media server that no longer says anything, and does not refuse, ends its calls sooner', async (t) => {
  const rig = await startRig(t);
  const leg = await callerOf(rig, 'mute-media');
  rig.freeswitch.greeting = '';
  rig.freeswitch.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  while (!leg.hasEnded) await rig.clock.advance(100);
  const { linkLossMs } = DEFAULT_DEADLINES;
  t.match(await leg.ended, { ...LOST, silentMs: linkLossMs });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test(
  'a media server that comes back without the channel ends a call whose far end refuses the new one',
  async (t) => {
    const rig = await startRig(t);
    const leg = await callerOf(rig, 'gone-media');
    forgetChannels(rig);
    const { onRequest } = rig.drachtio;
    rig.drachtio.onRequest = (request) => {
      if (request.startLine.startsWith('INVITE sip:placeholder'))
        rig.drachtio.respond(request, '488 Not Acceptable Here');
      else onRequest(request);
    };
    await renewEventSocket(rig);
    await until(rig, () => leg.hasEnded);
    const detail = 'its media server was lost, and the caller did not follow to fs1: 488 to the re-INVITE';
    t.match(await leg.ended, { ...LOST, detail });
    t.equal(rig.freeswitch.connections, 2, 'it came back and did not know the channel');
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  },
);

t.test('a media server that comes back and takes no call: its answer stands in the end of the leg', async (t) => {
  const rig = await startRig(t);
  const leg = await callerOf(rig, 'full-media');
  forgetChannels(rig);
  const { onRequest } = rig.drachtio;
  rig.drachtio.onRequest = (request) => {
    if (request.startLine.startsWith('INVITE')) rig.drachtio.respond(request, '503 Maximum Calls In Progress');
    else onRequest(request);
  };
  await renewEventSocket(rig);
  const refused = (): number => rig.log.lines.filter(({ sentence }) => sentence === NOT_TAKEN).length;
  for (let round = 1; !leg.hasEnded; round += 1) {
    await until(rig, () => leg.hasEnded || refused() >= round);
    await rig.clock.advance(ROUND_MS);
  }
  const detail = 'media server fs1 was lost: fs1 did not take the call (503 to the INVITE)';
  t.match(await leg.ended, { ...LOST, detail });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

/** Far ends and FreeSWITCH take a re-INVITE of ours; drachtio names the dialog as it names one of ours. */
function takeReinvites(rig: Rig): void {
  const { onRequest } = rig.drachtio;
  rig.drachtio.onRequest = (request) => {
    if (/^INVITE sip:(far@|placeholder)/.test(request.startLine)) {
      const dialogId = `${request.header('call-id')};from-tag=us`;
      rig.drachtio.respond(request, '200 OK', { dialogId, body: sdpFor(40_000, 2) });
    } else onRequest(request);
  };
}

for (const isHeard of [false, true]) {
  const what = isHeard ? 'has heard his whisper: it is not said again' : 'hears his whisper: it is said again';
  t.test(`the media server dies under a buyer who ${what}`, async (t) => {
    const rig = await startRig(t);
    takeReinvites(rig);
    await callerOf(rig, 'whispered-to');
    const whisperPath = '/prompts/whisper.wav';
    const { request } = dialling({ port: 5099 } as never, 'fs1', { whisperPath });
    const dialled = rig.telephony.dial(request);
    const toBuyer = await rig.drachtio.next(/^INVITE sip:buyer@127\.0\.0\.1:5099/);
    rig.drachtio.respond(toBuyer, '200 OK', { dialogId: 'far-buyer', body: sdpFor(40_002) });
    const outcome = await dialled;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    if (isHeard)
      rig.freeswitch.event({
        'Event-Name': 'CUSTOM',
        'Event-Subclass': 'ringpost::buyer_ready',
        'Unique-ID': outcome.leg.channelId,
      });
    const invites = () =>
      rig.drachtio.messages.filter(({ startLine }) => /^INVITE sip:buyer@127\.0\.0\.1:5080/.test(startLine));
    forgetChannels(rig);
    await renewEventSocket(rig);
    await until(rig, () => invites().length === 2);
    t.same(
      invites().map((one) => one.header('x-ringpost-whisper')),
      [whisperPath, isHeard ? '' : whisperPath],
    );
  });
}

t.test('the media server dies under a caller who holds: the next one lets him be silent as long', async (t) => {
  const rig = await startRig(t);
  takeReinvites(rig);
  const leg = await callerOf(rig, 'holding');
  const sdp = `${sdpFor(40_000, 2)}a=sendonly\r\n`;
  const head = inDialog('INVITE', 'holding').replace(
    'Content-Length: 0',
    `Contact: <sip:far@192.0.2.7>\r\nContent-Type: application/sdp\r\nContent-Length: ${sdp.length}`,
  );
  const held = rig.drachtio.next(/^SIP\/2\.0 200/);
  rig.drachtio.deliver(head + sdp, 'txn-hold', 'dialog-txn-holding');
  await held;
  rig.drachtio.deliver(inDialog('ACK', 'holding'), 'txn-hold-ack', 'dialog-txn-holding');
  forgetChannels(rig);
  await renewEventSocket(rig);
  await until(rig, () => invitesToFreeSwitch(rig) === 2);
  const limits = rig.drachtio.messages.map((message) => message.header('x-ringpost-media-timeout-ms'));
  t.same(
    limits.filter((limit) => limit !== ''),
    ['20000', '1800000'],
  );
  t.equal(leg.hasEnded, false);
});

/** A caller as a process that is gone has journaled him. */
async function journaled(rig: Rig, callId: string): Promise<Leg> {
  const legs: Leg[] = [];
  rig.drachtio.deliver(invite(callId), `txn-${callId}`);
  const answering = (await nextInbound(rig)).answer(treatment(), async (leg) => void legs.push(leg));
  await rig.drachtio.next(/^SIP\/2\.0 200/);
  rig.drachtio.deliver(inDialog('ACK', callId), `txn-${callId}`, `dialog-txn-${callId}`);
  const answered = await answering;
  const leg = legs.at(-1);
  if (answered.kind !== 'answered' || leg === undefined) throw new Error('the caller was not answered');
  // His first process has nothing to do with him any more.
  await settled(rig, answered.leg.hangup('NORMAL_CLEARING'));
  return leg;
}

/** Lets bytes travel until it settles; the clock stands still. */
async function settled<Value>(rig: Rig, promise: Promise<Value>): Promise<Value> {
  let isSettled = false;
  const done = (): void => {
    isSettled = true;
  };
  promise.then(done, done);
  await until(rig, () => isSettled);
  return await promise;
}

t.test('a leg that cannot be made again from its journal is ended, and the journal learns it', async (t) => {
  const rig = await startRig(t);
  const leg = { ...(await journaled(rig, 'half-known')), remoteSdp: null };
  const later: Leg[] = [];
  const caller = { leg, onLeg: async (changed: Leg) => void later.push(changed) };
  const outcome = await settled(rig, rig.telephony.adoptCaller({ caller, recordPath: null, isWaiting: true }));
  t.same(outcome, { kind: 'gone', detail: 'its journal is not complete' });
  t.same(later, [{ ...leg, state: 'ended' }]);
});

for (const isWaiting of [true, false]) {
  const what = isWaiting ? 'who waits: he is set up anew' : 'who hears his last words: he gets a BYE';
  t.test(`the media server dies under a caller of an earlier process ${what}`, async (t) => {
    const rig = await startRig(t);
    takeReinvites(rig);
    const caller = { leg: await journaled(rig, 'taken-over'), onLeg: () => Promise.resolve() };
    const adopted = await settled(rig, rig.telephony.adoptCaller({ caller, recordPath: null, isWaiting }));
    if (adopted.kind !== 'adopted') throw new Error(adopted.detail);
    const { leg } = adopted;
    const before = invitesToFreeSwitch(rig);
    const moved = new Promise((resolve) => leg.onMoved(resolve));
    forgetChannels(rig);
    await renewEventSocket(rig);
    if (isWaiting) {
      t.match(await settled(rig, moved), { from: 'fs1', to: 'fs1' });
      t.equal(invitesToFreeSwitch(rig) - before, 1);
      t.equal(leg.hasEnded, false);
    } else {
      const detail = 'media server fs1 was lost: what the caller heard or said cannot be begun again elsewhere';
      t.match(await settled(rig, leg.ended), { ...LOST, detail });
      t.equal(invitesToFreeSwitch(rig) - before, 0);
    }
  });
}
