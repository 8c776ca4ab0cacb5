// Callers whom a process that is gone has left on music, and legs that nobody takes over.
import t from 'tap';
import { kept, nextNew, reinvited, succeeded, takesBye } from './adopted-call.js';
import { answeredBuyer, answeredCaller, conversation } from './placed-call.js';
import { type RawMessage, type RawSipPeer, request } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony } from './telephony-under-test.js';

const under = await switchUnderTest(t);

t.test('a caller on hold music is taken over, hears it on, and is joined with a buyer', async (t) => {
  const before = await startTelephony(t, under);
  const caller = await answeredCaller(before);
  await caller.leg.greeted;
  const after = await succeeded(t, under, before);
  const adopting = after.telephony.adoptCaller({ caller: kept(caller.journal), recordPath: null, isWaiting: true });
  await reinvited(caller.peer, caller.voice.port);
  const adopted = await adopting;
  if (adopted.kind !== 'adopted') throw new Error(adopted.detail);
  await adopted.leg.greeted;
  await caller.voice.heard(10);
  const buyer = await answeredBuyer(after, adopted.leg.mediaServer);
  const bridged = await adopted.leg.bridge(buyer.leg, 'ending');
  if (bridged.kind !== 'bridged') throw new Error(bridged.detail);
  await Promise.all([caller.voice.heard(10), buyer.voice.heard(10)]);
  caller.peer.send(request(caller.peer, 'BYE', 2, caller.dialog), under.sipPort);
  await takesBye(buyer.peer);
  t.equal(await bridged.unbridged, 'caller');
  t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
});

t.test('a caller is taken over during the greeting: the greeting is waited for', async (t) => {
  const before = await startTelephony(t, under);
  const caller = await answeredCaller(before, { greetingPath: 'tone_stream://%(1500,0,800)' });
  const after = await succeeded(t, under, before);
  const adopting = after.telephony.adoptCaller({ caller: kept(caller.journal), recordPath: null, isWaiting: true });
  await reinvited(caller.peer, caller.voice.port);
  const adopted = await adopting;
  if (adopted.kind !== 'adopted') throw new Error(adopted.detail);
  await adopted.leg.greeted;
  t.match((await after.telephony.survey()).channels.get(adopted.leg.channelId), {
    application: 'loop_playback',
    bridgedTo: null,
  });
  const hangup = adopted.leg.hangup('NORMAL_CLEARING');
  await takesBye(caller.peer);
  await hangup;
  t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
});

t.test(
  'a leg that is not taken over gets BYE with its own tags and a higher CSeq, its channel is killed; again is harmless',
  async (t) => {
    const before = await startTelephony(t, under);
    const talk = await conversation(before);
    const after = await succeeded(t, under, before);
    const [caller, buyer] = [kept(talk.caller.journal).leg, kept(talk.buyer.journal).leg];
    const ending = Promise.all([
      after.telephony.endLeg(caller, 'NORMAL_TEMPORARY_FAILURE'),
      after.telephony.endLeg(buyer, 'NORMAL_TEMPORARY_FAILURE'),
    ]);
    const [bye] = await Promise.all([takesBye(talk.caller.peer), takesBye(talk.buyer.peer)]);
    await ending;
    t.match(bye.headers.get('from')?.[0], `tag=${caller.localTag}`);
    t.match(bye.headers.get('to')?.[0], 'tag=caller');
    t.match(bye.headers.get('reason')?.[0], 'cause=41');
    t.same([...(await after.telephony.survey()).channels.keys()], []);
    const again = after.telephony.endLeg(caller, 'NORMAL_TEMPORARY_FAILURE');
    talk.caller.peer.answer(await nextNew(talk.caller.peer, /^BYE /), '481 Gone');
    await again;
    t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
  },
);

/** drachtio's own ACK, which goes past the proxies, comes here too: this far end is its own proxy. */
async function routed(proxy: RawSipPeer, startLine: RegExp): Promise<RawMessage> {
  for (let skip = 0; ; skip += 1) {
    const message = await proxy.next(startLine, skip);
    if (message.headers.has('route')) return message;
  }
}

t.test(
  'a caller behind a proxy: re-INVITE, ACK and BYE go through it, though its answers record no route again',
  async (t) => {
    const before = await startTelephony(t, under);
    const proxy = await before.peer();
    const route = `<sip:127.0.0.1:${proxy.port};lr>`;
    const caller = await answeredCaller(before, {}, `Record-Route: ${route}\r\n`);
    await caller.leg.greeted;
    const after = await succeeded(t, under, before);
    const adopting = after.telephony.adoptCaller({ caller: kept(caller.journal), recordPath: null, isWaiting: true });
    const invite = await reinvited(proxy, caller.voice.port);
    t.equal(invite.startLine, `INVITE sip:peer@127.0.0.1:${caller.peer.port} SIP/2.0`);
    t.same(invite.headers.get('route'), [route]);
    t.same((await routed(proxy, /^ACK /)).headers.get('route'), [route]);
    const adopted = await adopting;
    if (adopted.kind !== 'adopted') throw new Error(adopted.detail);
    const hangup = adopted.leg.hangup('NORMAL_CLEARING');
    t.same((await takesBye(proxy)).headers.get('route'), [route]);
    await hangup;
    t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
  },
);
