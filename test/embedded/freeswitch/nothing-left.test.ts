/** After many calls of mixed outcomes nothing is held: no channel, leg, timer, recording, listener, port or map entry. */
import { join } from 'node:path';
import t from 'tap';
import type { EventSocketClient } from './event-socket-client.js';
import { createRig, type FreeswitchRig } from './freeswitch-rig.js';

type Outcome = (rig: FreeswitchRig, client: EventSocketClient, index: number) => Promise<void>;

async function caller(rig: FreeswitchRig, client: EventSocketClient, headers: readonly string[] = []) {
  const leg = await rig.leg({ extension: 'caller', toneHz: 440, headers });
  await leg.call();
  await client.custom('ringpost::greeted', (event) => event['Unique-ID'] === leg.uuid);
  return leg;
}

async function buyer(rig: FreeswitchRig, client: EventSocketClient) {
  const leg = await rig.leg({ extension: 'buyer', toneHz: 1000 });
  await leg.offer();
  leg.ack(leg.sdp());
  await client.custom('ringpost::buyer_ready', (event) => event['Unique-ID'] === leg.uuid);
  return leg;
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  'caller hangs up on hold': async (rig, client) => {
    await (await caller(rig, client)).bye();
  },
  'bridged, recorded, buyer hangs up': async (rig, client, index) => {
    const a = await caller(rig, client, [`X-Ringpost-Record: ${join(rig.folder, `${index}.wav`)}`]);
    const b = await buyer(rig, client);
    await client.api(`uuid_bridge ${a.uuid} ${b.uuid}`);
    await client.event('CHANNEL_BRIDGE', a.uuid);
    await client.api(`uuid_record ${a.uuid} start ${join(rig.folder, `${index}-b.wav`)}`);
    await b.bye();
    await a.bye();
  },
  'killed while a command waits': async (rig, client) => {
    const a = await caller(rig, client);
    await client.execute(a.uuid, 'sleep', '60000', 'event-lock: true');
    await client.execute(a.uuid, 'playback', 'silence_stream://1000');
    await client.api(`sched_hangup +100 ${a.uuid}`);
    await client.api(`uuid_kill ${a.uuid}`);
    await a.byeReceived();
  },
  'recording starts and the channel is killed at once': async (rig, client, index) => {
    const a = await caller(rig, client);
    const answers = [
      client.api(`uuid_record ${a.uuid} start ${join(rig.folder, `${index}-k.wav`)}`),
      client.api(`uuid_kill ${a.uuid}`),
    ];
    await a.byeReceived();
    await Promise.all(answers);
  },
  'refused for its codec': async (rig) => {
    const leg = await rig.leg({ extension: 'caller' });
    leg.invite(leg.sdp('sendrecv', '18'));
    await leg.peer.response(488, 'INVITE');
    leg.ack();
  },
  'third-party leg that is bridged before its ACK': async (rig, client) => {
    const a = await caller(rig, client);
    const leg = await rig.leg({ extension: 'buyer' });
    await leg.offer();
    await client.api(`uuid_bridge ${a.uuid} ${leg.uuid}`);
    await a.byeReceived();
    leg.ack(leg.sdp());
    await leg.byeReceived();
  },
};

t.test('forty calls of mixed outcomes leave nothing behind', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const outcomes = Object.entries(OUTCOMES);
  const listenersBefore = rig.freeswitch.counts().eventListeners;
  for (let round = 0; round < 7; round += 1) {
    await Promise.all(outcomes.map(([, run], index) => run(rig, client, round * outcomes.length + index)));
  }
  await rig.empty();
  // Events queue while a command runs. Every other answer has been taken, so this one is its own: those before it are out.
  await client.api('status');
  t.match(rig.freeswitch.counts(), {
    channels: 0,
    legs: 0,
    conferenceMembers: 0,
    channelTimers: 0,
    recordings: 0,
    queuedEvents: 0,
    eventListeners: listenersBefore,
  });
});
