// Legs of which a part dies at an awkward moment: between an answer and its journal, in a bridge, while a link comes back, at the end.
import t from 'tap';
import type { BridgeOutcome, BuyerLeg, CallerLeg } from '../../../src/application/ports/telephony.js';
import { callerOf, dialBuyer } from './scripted-calls.js';
import { inDialog, invite, nextInbound, nothingLeft, type Rig, startRig, until } from './scripted-servers.js';
import { NOTHING_LEFT, treatment } from './telephony-under-test.js';

/** The dialog in which FreeSWITCH carries the buyer. */
function mediaDialogOfBuyer(rig: Rig): string {
  const invite = rig.drachtio.messages.find((message) => /^INVITE sip:buyer@127\.0\.0\.1:5080/.test(message.startLine));
  return `fs-${invite?.header('call-id')}`;
}

async function join(rig: Rig, caller: CallerLeg): Promise<Extract<BridgeOutcome, { kind: 'bridged' }>> {
  const dialled = await dialBuyer(rig);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  const buyer: BuyerLeg = dialled.leg;
  const { channelId } = buyer;
  const custom = { 'Event-Name': 'CUSTOM', 'Event-Subclass': 'ringpost::buyer_ready', 'Unique-ID': channelId };
  rig.freeswitch.event(custom);
  rig.freeswitch.onApi = (line) => {
    if (line.startsWith('uuid_bridge'))
      rig.freeswitch.event({
        'Event-Name': 'CHANNEL_BRIDGE',
        'Unique-ID': caller.channelId,
        'Bridge-B-Unique-ID': channelId,
      });
    return '+OK\n';
  };
  const bridge = await caller.bridge(buyer, 'ending');
  if (bridge.kind !== 'bridged') throw new Error(bridge.detail);
  return bridge;
}

t.test('a media server that ends the buyer in his 200 fails the dial at once instead of after a minute', async (t) => {
  const rig = await startRig(t);
  const dialled = dialBuyer(rig, async () => {
    rig.drachtio.deliver(inDialog('BYE', 'media'), 'txn-media-bye', mediaDialogOfBuyer(rig));
    const seen = (): boolean => rig.drachtio.messages.some((message) => message.transactionId === 'txn-media-bye');
    await until(rig, seen);
  });
  t.match(await dialled, { kind: 'failed', detail: /FreeSWITCH ended the leg/ });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

for (const side of ['caller', 'buyer'] as const) {
  t.test(`the media server gives up the ${side} for silence: it was the system that ended the talk`, async (t) => {
    const rig = await startRig(t);
    const caller = await callerOf(rig, 'silent');
    const { unbridged } = await join(rig, caller);
    const dialogId = side === 'caller' ? `fs-${caller.channelId}` : mediaDialogOfBuyer(rig);
    rig.drachtio.deliver(inDialog('BYE', 'media'), 'txn-media-bye', dialogId);
    t.equal(await unbridged, 'system');
    await caller.hangup('NORMAL_CLEARING');
    rig.drachtio.deliver(inDialog('BYE', 'far'), 'txn-far-bye', 'far-buyer');
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  });

  t.test(`the ${side} says BYE in the bridge: it was the ${side}`, async (t) => {
    const rig = await startRig(t);
    const caller = await callerOf(rig, 'leaving');
    const { unbridged } = await join(rig, caller);
    rig.drachtio.deliver(inDialog('BYE', 'far'), 'txn-bye', side === 'caller' ? 'dialog-txn-leaving' : 'far-buyer');
    t.equal(await unbridged, side);
    const other = side === 'caller' ? 'far-buyer' : 'dialog-txn-leaving';
    rig.drachtio.deliver(inDialog('BYE', 'far'), 'txn-bye-2', other);
    t.same(await nothingLeft(rig), NOTHING_LEFT);
  });
}

t.test('a channel that goes while it is asked what it plays harms nothing', async (t) => {
  const rig = await startRig(t);
  const caller = await callerOf(rig, 'flapping');
  rig.freeswitch.onApi = (line) => (line.startsWith('uuid_exists') ? 'true' : '-ERR No such channel!\n');
  rig.freeswitch.dropClient();
  await until(rig, () => !rig.telephony.ready().isReady);
  await rig.clock.advance(50);
  await until(rig, () => rig.log.has('a channel could not be asked for'));
  t.equal(caller.hasEnded, false);
  await caller.hangup('NORMAL_CLEARING');
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('drachtio is lost before the 200: it was not the caller who left', async (t) => {
  const rig = await startRig(t);
  rig.drachtio.deliver(invite('unanswered'), 'txn-unanswered');
  const inbound = await nextInbound(rig);
  const answering = inbound.answer(treatment(), async () => {
    rig.drachtio.dropClient();
    await until(rig, () => !rig.telephony.ready().isReady);
  });
  t.match(await answering, { kind: 'gone', end: { by: 'link', cause: 'NETWORK_OUT_OF_ORDER' } });
  t.same(await nothingLeft(rig), NOTHING_LEFT);
});

t.test('closing leaves no timer behind that would hold the process', async (t) => {
  const rig = await startRig(t);
  await rig.telephony.close();
  await until(rig, () => !rig.telephony.ready().isReady);
  t.equal(rig.clock.pendingTimers, 0);
});
