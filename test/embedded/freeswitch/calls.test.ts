/** Whole calls through the FreeSWITCH half and its dialplan; the order of events is that of a real server, seen on the wire. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { EventFields, EventSocketClient } from './event-socket-client.js';
import { createRig, type FreeswitchRig } from './freeswitch-rig.js';
import type { SipLeg } from './sip-leg.js';

/** A caller on hold and a buyer who waits, both with a tone. */
async function pair(rig: FreeswitchRig, client: EventSocketClient, headers: readonly string[] = []) {
  const caller = await rig.leg({ extension: 'caller', toneHz: 440, headers });
  await caller.call();
  await client.custom('ringpost::greeted');
  const buyer = await rig.leg({ extension: 'buyer', toneHz: 1000 });
  const ok = await buyer.offer();
  buyer.talkTo(ok.body);
  buyer.ack(buyer.sdp());
  await client.custom('ringpost::buyer_ready');
  return { caller, buyer };
}

async function bridge(client: EventSocketClient, caller: SipLeg, buyer: SipLeg): Promise<void> {
  await client.api(`uuid_bridge ${caller.uuid} ${buyer.uuid}`);
  await client.event('CHANNEL_BRIDGE', caller.uuid);
  await Promise.all([caller.phone.hears(1000), buyer.phone.hears(440)]);
}

/** The events of one channel as short words, from the given one on. */
function story(events: readonly EventFields[], uuid: string, from: string): string[] {
  const own = events.filter((event) => event['Unique-ID'] === uuid);
  const start = own.findIndex((event) => event['Event-Name'] === from);
  return own.slice(start).map((event) => {
    const name = event['Event-Name'] ?? '';
    if (name === 'CHANNEL_STATE') return event['Channel-State'] ?? '';
    if (name === 'CHANNEL_CALLSTATE') return event['Channel-Call-State'] ?? '';
    return name.startsWith('CHANNEL_EXECUTE') ? `${name} ${event.Application}` : name;
  });
}

t.test(
  'caller is greeted, held, bridged to a third-party-call buyer who hangs up first, and hears the ending',
  async (t) => {
    const rig = await createRig(t);
    const client = await rig.login();
    const ending = rig.sound('ending.wav', 200, 600);
    const { caller, buyer } = await pair(rig, client, [
      'X-Ringpost-Call-Id: call-1',
      `X-Ringpost-Greeting: ${rig.sound('greeting.wav', 200, 500)}`,
      `X-Ringpost-Hold-Music: ${rig.sound('music.wav', 1000, 700)}`,
      'X-Ringpost-Silence-Ms: 40',
      `X-Ringpost-Ending: ${ending}`,
    ]);
    await client.api(`uuid_setvar ${caller.uuid} transfer_after_bridge ending:XML:ringpost`);
    await bridge(client, caller, buyer);
    t.equal((await client.api('show calls count')).trim(), '1 total.');
    t.equal((await client.api('show channels count')).trim(), '2 total.');
    await buyer.bye();
    await client.event('CHANNEL_UNBRIDGE', caller.uuid);
    await client.event('PLAYBACK_START', caller.uuid, (event) => event['Playback-File-Path'] === ending);
    t.equal((await caller.byeReceived()).header('Reason'), 'Q.850;cause=16;text="NORMAL_CLEARING"');
    await client.event('CHANNEL_STATE', caller.uuid, (event) => event['Channel-State'] === 'CS_DESTROY');
    t.strictSame(story(client.events, buyer.uuid, 'CHANNEL_STATE').slice(0, 9), [
      'CS_NEW',
      'CS_HIBERNATE',
      'CHANNEL_ANSWER',
      'ACTIVE',
      'CS_INIT',
      'CHANNEL_CREATE',
      'RINGING',
      'CS_ROUTING',
      'ACTIVE',
    ]);
    t.strictSame(story(client.events, caller.uuid, 'CHANNEL_UNBRIDGE'), [
      'CHANNEL_UNBRIDGE',
      'RINGING',
      'CS_ROUTING',
      'ACTIVE',
      'CS_EXECUTE',
      'CHANNEL_EXECUTE playback',
      'PLAYBACK_START',
      'PLAYBACK_STOP',
      'CHANNEL_EXECUTE_COMPLETE playback',
      'CHANNEL_EXECUTE hangup',
      'CHANNEL_HANGUP',
      'CHANNEL_EXECUTE_COMPLETE hangup',
      'CS_HANGUP',
      'HANGUP',
      'CS_REPORTING',
      'CHANNEL_HANGUP_COMPLETE',
      'CHANNEL_DESTROY',
      'CS_DESTROY',
    ]);
  },
);

t.test('caller hangs up while talking: the buyer is hung up, transfer_after_bridge is not followed', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const { caller, buyer } = await pair(rig, client);
  await client.api(`uuid_setvar ${caller.uuid} transfer_after_bridge hold:XML:ringpost`);
  await bridge(client, caller, buyer);
  await caller.bye();
  t.equal((await buyer.byeReceived()).header('Reason'), 'Q.850;cause=16;text="NORMAL_CLEARING"');
  await rig.empty();
  t.strictSame(story(client.events, caller.uuid, 'CHANNEL_HANGUP').slice(0, 3), [
    'CHANNEL_HANGUP',
    'CHANNEL_UNBRIDGE',
    'CS_HANGUP',
  ]);
  const unbridged = client.events.find((event) => event['Event-Name'] === 'CHANNEL_UNBRIDGE');
  t.equal(unbridged?.['Bridge-B-Unique-ID'], buyer.uuid);
});

t.test('a caller whose buyer was lost is held again and bridged to the next one', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const { caller, buyer } = await pair(rig, client);
  await client.api(`uuid_setvar ${caller.uuid} transfer_after_bridge hold:XML:ringpost`);
  await bridge(client, caller, buyer);
  await buyer.bye();
  await client.custom('ringpost::held');
  t.equal(await client.api(`uuid_getvar ${caller.uuid} transfer_after_bridge`), '_undef_', 'it counts for one bridge');
  const next = await rig.leg({ extension: 'buyer', toneHz: 1300 });
  const ok = await next.offer();
  next.talkTo(ok.body);
  next.ack(next.sdp());
  await client.custom('ringpost::buyer_ready');
  await client.api(`uuid_bridge ${caller.uuid} ${next.uuid}`);
  await Promise.all([caller.phone.hears(1300), next.phone.hears(440)]);
});

t.test('a bridged caller is bridged away to another buyer, the first buyer is hung up', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const { caller, buyer } = await pair(rig, client);
  await bridge(client, caller, buyer);
  const next = await rig.leg({ extension: 'buyer', toneHz: 1300 });
  const ok = await next.offer();
  next.talkTo(ok.body);
  next.ack(next.sdp());
  await client.custom('ringpost::buyer_ready');
  await client.api(`uuid_bridge ${caller.uuid} ${next.uuid}`);
  await buyer.byeReceived();
  await Promise.all([caller.phone.hears(1300), next.phone.hears(440)]);
});

t.test('both sides of a bridge are parked by a transfer of both, and bridged again the other way round', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const { caller, buyer } = await pair(rig, client);
  await bridge(client, caller, buyer);
  t.equal(await client.api(`uuid_transfer ${buyer.uuid} -both park inline`), '+OK\n');
  await Promise.all([client.event('CHANNEL_PARK', caller.uuid), client.event('CHANNEL_PARK', buyer.uuid)]);
  t.equal(await client.api(`uuid_bridge ${buyer.uuid} ${caller.uuid}`), `+OK ${caller.uuid}\n`);
  await client.event('CHANNEL_BRIDGE', buyer.uuid);
  await Promise.all([caller.phone.hears(1000), buyer.phone.hears(440)]);
});

t.test('a caller whom nobody fetched is told so and refused for now', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({
    extension: 'caller',
    headers: [
      `X-Ringpost-Hold-Music: ${rig.sound('short.wav', 60, 700)}`,
      'X-Ringpost-Hold-Loops: 2',
      'X-Ringpost-Silence-Ms: 20',
      `X-Ringpost-Unfetched: ${rig.sound('sorry.wav', 60, 500)}`,
    ],
  });
  await caller.call();
  await client.custom('ringpost::unfetched');
  t.equal((await caller.byeReceived()).header('Reason'), 'Q.850;cause=41;text="NORMAL_TEMPORARY_FAILURE"');
});

t.test('a missing greeting is passed over, missing hold music becomes ringing and an event', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({
    extension: 'caller',
    headers: [
      'X-Ringpost-Greeting: /nowhere/a.wav',
      'X-Ringpost-Hold-Music: /nowhere/b.wav',
      'X-Ringpost-Silence-Ms: 20',
    ],
  });
  await caller.call();
  await client.custom('ringpost::hold_music_failed');
  const responses = client.events
    .filter((event) => event['Event-Name'] === 'CHANNEL_EXECUTE_COMPLETE' && /playback$/.test(event.Application ?? ''))
    .map((event) => event['Application-Response']);
  t.strictSame(responses, ['FILE PLAYED', 'FILE NOT FOUND', 'FILE NOT FOUND']);
  await caller.phone.hears(440);
});

t.test('a message is said and the call ends', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  await client.api(`uuid_setvar ${caller.uuid} ringpost_message ${rig.sound('message.wav', 400, 900)}`);
  t.equal(await client.api(`uuid_transfer ${caller.uuid} message XML ringpost`), '+OK\n');
  await caller.phone.hears(900);
  await caller.byeReceived();
});

t.test('voicemail records the caller until he presses the hash key', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const file = join(rig.folder, 'deep', 'voicemail.wav');
  const caller = await rig.leg({ extension: 'caller', toneHz: 440 });
  await caller.call();
  await client.custom('ringpost::greeted');
  await client.api(`uuid_setvar ${caller.uuid} ringpost_voicemail_file ${file}`);
  await client.api(`uuid_transfer ${caller.uuid} voicemail XML ringpost`);
  await client.custom('ringpost::voicemail');
  await client.event('RECORD_START', caller.uuid);
  caller.phone.sendDtmf('#');
  const stopped = await client.event('RECORD_STOP', caller.uuid);
  t.equal(stopped['Record-File-Path'], file);
  await caller.byeReceived();
  t.ok(existsSync(file) && statSync(file).size > 44);
});

t.test('a play that a command interrupts goes on after it', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  await caller.phone.hears(440);
  t.equal(await client.api(`uuid_broadcast ${caller.uuid} tone_stream://%(300,0,1500) aleg`), '+OK Message sent\n');
  await caller.phone.hears(1500);
  await caller.phone.hears(440);
});

t.test('uuid_break ends what plays, and a locked command waits for the one before it', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  await client.execute(caller.uuid, 'playback', 'silence_stream://60000', 'event-lock: true\nEvent-UUID: long');
  await client.event(
    'PLAYBACK_START',
    caller.uuid,
    (event) => event['Playback-File-Path'] === 'silence_stream://60000',
  );
  await client.execute(caller.uuid, 'set', 'after=1', 'Event-UUID: locked');
  t.equal(await client.api(`uuid_getvar ${caller.uuid} after`), '_undef_');
  t.equal(await client.api(`uuid_break ${caller.uuid}`), '+OK\n');
  const long = await client.event(
    'CHANNEL_EXECUTE_COMPLETE',
    caller.uuid,
    (event) => event['Application-UUID'] === 'long',
  );
  t.equal(long['Application-Response'], 'FILE PLAYED');
  await client.event('CHANNEL_EXECUTE_COMPLETE', caller.uuid, (event) => event['Application-UUID'] === 'locked');
  t.equal(await client.api(`uuid_getvar ${caller.uuid} after`), '1');
});

t.test('an application that FreeSWITCH does not know hangs up the channel', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  await client.execute(caller.uuid, 'no_such_application', '');
  t.equal((await client.event('CHANNEL_HANGUP', caller.uuid))['Hangup-Cause'], 'DESTINATION_OUT_OF_ORDER');
});
