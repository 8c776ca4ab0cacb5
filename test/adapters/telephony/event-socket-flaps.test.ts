// The event socket is away for a moment: what FreeSWITCH would have said meanwhile is found out by asking, and no call suffers.
import t, { type Test } from 'tap';
import type { BridgeOutcome, BuyerLeg, CallerLeg } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import { callerOf, dialBuyer } from './scripted-calls.js';
import { inDialog, invite, nextInbound, nothingLeft, type Rig, startRig, until } from './scripted-servers.js';
import { NOTHING_LEFT, treatment } from './telephony-under-test.js';

interface Pair {
  readonly rig: Rig;
  readonly caller: CallerLeg;
  readonly buyer: BuyerLeg;
}

async function answeredPair(t: Test): Promise<Pair> {
  const rig = await startRig(t);
  const caller = await callerOf(rig, 'flap');
  const dialled = await dialBuyer(rig);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  return { rig, caller, buyer: dialled.leg };
}

/** What FreeSWITCH says of its channels when it is asked; all else is obeyed. */
function answers(rig: Rig, variables: Readonly<Record<string, string>>, refused = /^$/): void {
  rig.freeswitch.onApi = (line) => {
    if (refused.test(line)) return '-ERR Cannot stop record session!\n';
    if (line.startsWith('uuid_exists')) return 'true';
    const [name, channelId = '', variable = '', path = ''] = line.split(' ');
    if (name === 'uuid_record' && variable === 'stop')
      rig.freeswitch.event({ 'Event-Name': 'RECORD_STOP', 'Unique-ID': channelId, 'Record-File-Path': path });
    return name === 'uuid_getvar' ? (variables[variable] ?? '_undef_') : '+OK\n';
  };
}

async function flap(rig: Rig): Promise<void> {
  rig.freeswitch.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  await rig.clock.advance(50);
  await until(rig, () => rig.telephony.ready().isReady);
}

function sendReady(rig: Rig, buyer: BuyerLeg): void {
  rig.freeswitch.event({
    'Event-Name': 'CUSTOM',
    'Event-Subclass': 'ringpost::buyer_ready',
    'Unique-ID': buyer.channelId,
  });
}

function bridgeEvent(name: string, { caller, buyer }: Pair): Record<string, string> {
  return { 'Event-Name': name, 'Unique-ID': caller.channelId, 'Bridge-B-Unique-ID': buyer.channelId };
}

async function joined(pair: Pair): Promise<Extract<BridgeOutcome, { kind: 'bridged' }>> {
  const { rig, caller, buyer } = pair;
  sendReady(rig, buyer);
  rig.freeswitch.onApi = (line) => {
    if (line.startsWith('uuid_bridge')) rig.freeswitch.event(bridgeEvent('CHANNEL_BRIDGE', pair));
    return '+OK\n';
  };
  const bridge = await caller.bridge(buyer, 'ending');
  if (bridge.kind !== 'bridged') throw new Error(bridge.detail);
  return bridge;
}

async function hangUp({ rig, caller, buyer }: Pair): Promise<object> {
  await Promise.all([caller.hangup('NORMAL_CLEARING'), buyer.hangup('NORMAL_CLEARING')]);
  return nothingLeft(rig);
}

t.test('the buyer became ready meanwhile: he is bridged all the same', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller, buyer } = pair;
  answers(rig, { current_application: 'loop_playback', bridge_to: buyer.channelId });
  const bridging = caller.bridge(buyer, 'ending');
  await flap(rig);
  await until(rig, () => rig.freeswitch.commands.some((line) => line.startsWith('api uuid_bridge')));
  rig.freeswitch.event(bridgeEvent('CHANNEL_BRIDGE', pair));
  t.equal((await bridging).kind, 'bridged');
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('he still hears his whisper: nobody bridges him before it is over', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller, buyer } = pair;
  answers(rig, { current_application: 'playback' });
  const bridging = caller.bridge(buyer, 'ending');
  await flap(rig);
  await until(rig, () => rig.freeswitch.commands.some((line) => line.includes('current_application')));
  t.notOk(rig.freeswitch.commands.some((line) => line.startsWith('api uuid_bridge')));
  sendReady(rig, buyer);
  await until(rig, () => rig.freeswitch.commands.some((line) => line.startsWith('api uuid_bridge')));
  rig.freeswitch.event(bridgeEvent('CHANNEL_BRIDGE', pair));
  t.equal((await bridging).kind, 'bridged');
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('the socket takes uuid_bridge with it and FreeSWITCH has joined the two: they count as bridged', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller, buyer } = pair;
  sendReady(rig, buyer);
  rig.freeswitch.onApi = (line) => (line.startsWith('uuid_bridge') ? null : '+OK\n');
  const sent = rig.freeswitch.next(/uuid_bridge/);
  const bridging = caller.bridge(buyer, 'ending');
  await sent;
  answers(rig, { bridge_to: buyer.channelId });
  await flap(rig);
  t.equal((await bridging).kind, 'bridged');
  t.equal(rig.freeswitch.commands.filter((line) => line.startsWith('api uuid_bridge')).length, 1, 'it is not repeated');
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('the two were parted meanwhile: the talk ends with the BYE that says who left', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller } = pair;
  const { unbridged } = await joined(pair);
  t.same(await caller.startRecording('/recordings/talk.wav'), { ok: true });
  answers(rig, {});
  const stopped = rig.freeswitch.next(/uuid_record .* stop/);
  await flap(rig);
  await stopped;
  rig.drachtio.deliver(inDialog('BYE', 'far'), 'txn-bye', 'far-buyer');
  t.equal(await unbridged, 'buyer');
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('the two still talk: nothing happens to them', async (t) => {
  const pair = await answeredPair(t);
  const { rig, buyer } = pair;
  const { unbridged } = await joined(pair);
  let isOver = false;
  void unbridged.then(() => {
    isOver = true;
  });
  answers(rig, { bridge_to: buyer.channelId });
  await flap(rig);
  await until(rig, () => rig.freeswitch.commands.some((line) => line.includes('bridge_to')));
  await rig.clock.advance(1_000);
  t.equal(isOver, false);
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('a recording ended meanwhile: nobody waits for its end, its length is read from the file', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller } = pair;
  t.same(await caller.startRecording('/recordings/talk.wav'), { ok: true });
  const told = rig.freeswitch.next(/uuid_record .* stop/);
  const stopping = caller.stopRecording('/recordings/talk.wav');
  await told;
  answers(rig, {}, /^uuid_record .* stop/);
  await flap(rig);
  t.match(await stopping, { durationMs: null, failure: 'it ended while the event socket was away' });
  t.same(await hangUp(pair), NOTHING_LEFT);
});

t.test('a channel was hung up meanwhile: its leg ends, and the far end is told', async (t) => {
  const pair = await answeredPair(t);
  const { rig, caller, buyer } = pair;
  rig.freeswitch.onApi = (line) => (line === `uuid_exists ${buyer.channelId}` ? 'false' : 'true');
  await flap(rig);
  await until(rig, () => buyer.hasEnded);
  t.match(await buyer.ended, { by: 'link', cause: 'NETWORK_OUT_OF_ORDER' });
  t.equal(caller.hasEnded, false);
  await until(rig, () =>
    rig.drachtio.messages.some(({ startLine, dialogId }) => /^BYE/.test(startLine) && dialogId === 'far-buyer'),
  );
  t.same(await hangUp(pair), NOTHING_LEFT);
});

/** A caller of whom this happens while his leg is written into the journal, which may take its time: FreeSWITCH has answered by then. */
async function answeredAfter(rig: Rig, journaling: (leg: Leg) => Promise<void>): Promise<CallerLeg> {
  rig.drachtio.deliver(invite('slow'), 'txn-slow');
  const onLeg = async (leg: Leg): Promise<void> => {
    if (leg.state === 'setting-up') await journaling(leg);
  };
  const answering = (await nextInbound(rig)).answer(treatment(), onLeg);
  await rig.drachtio.next(/^SIP\/2\.0 200/);
  rig.drachtio.deliver(inDialog('ACK', 'slow'), 'txn-slow', 'dialog-txn-slow');
  const outcome = await answering;
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  return outcome.leg;
}

t.test('the greeting is over before the leg is journaled: the caller counts as greeted', async (t) => {
  const rig = await startRig(t);
  const caller = await answeredAfter(rig, async ({ channelId }) => {
    const greeted = { 'Event-Name': 'CUSTOM', 'Event-Subclass': 'ringpost::greeted', 'Unique-ID': channelId };
    rig.freeswitch.event(greeted);
    // In order: once this one is read, so is the one before.
    rig.freeswitch.eventBody('no event');
    await until(rig, () => rig.log.has('an event cannot be read; it is dropped'));
  });
  await caller.greeted;
  t.notOk(caller.hasEnded);
  await caller.hangup('NORMAL_CLEARING');
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('the greeting is over while the socket is away and the leg is journaled: FreeSWITCH is asked', async (t) => {
  const rig = await startRig(t);
  answers(rig, { current_application: 'loop_playback' });
  const caller = await answeredAfter(rig, () => flap(rig));
  await caller.greeted;
  t.notOk(caller.hasEnded);
  await caller.hangup('NORMAL_CLEARING');
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});
