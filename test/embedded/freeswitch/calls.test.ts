/** Whole calls through the FreeSWITCH half: the order of events is that of a real server, seen on the wire. */
import t from 'tap';
import { createRig } from './freeswitch-rig.js';

t.test(
  'caller is greeted, held, bridged to a third-party-call buyer who hangs up first, and hears the ending',
  async (t) => {
    const rig = await createRig(t);
    const client = await rig.login();
    const ending = rig.sound('ending.wav', 200, 600);
    const caller = await rig.leg({
      extension: 'caller',
      toneHz: 440,
      headers: [
        'X-Ringpost-Call-Id: call-1',
        `X-Ringpost-Greeting: ${rig.sound('greeting.wav', 200, 500)}`,
        `X-Ringpost-Hold-Music: ${rig.sound('music.wav', 1000, 700)}`,
        'X-Ringpost-Silence-Ms: 40',
        `X-Ringpost-Ending: ${ending}`,
      ],
    });
    await caller.call();
    const greeted = await client.custom('ringpost::greeted');
    t.equal(greeted['Ringpost-Call-Id'], 'call-1');
    const buyer = await rig.leg({ extension: 'buyer', toneHz: 1000, headers: ['X-Ringpost-Call-Id: call-1'] });
    const ok = await buyer.offer();
    t.match(await client.api('show channels count'), '1 total.', 'the buyer is no channel before the ACK');
    buyer.talkTo(ok.body);
    buyer.ack(buyer.sdp());
    await client.event('CHANNEL_ANSWER', buyer.uuid);
    await client.custom('ringpost::buyer_ready');
    await client.api(`uuid_setvar ${caller.uuid} transfer_after_bridge ending:XML:ringpost`);
    t.equal(await client.api(`uuid_bridge ${caller.uuid} ${buyer.uuid}`), `+OK ${buyer.uuid}\n`);
    const bridged = await client.event('CHANNEL_BRIDGE', caller.uuid);
    t.equal(bridged['Bridge-B-Unique-ID'], buyer.uuid);
    await Promise.all([caller.phone.hears(1000), buyer.phone.hears(440)]);
    await buyer.bye();
    await client.event('CHANNEL_UNBRIDGE', caller.uuid);
    const played = await client.event('PLAYBACK_START', caller.uuid, (event) => event['Playback-File-Path'] === ending);
    t.ok(played);
    const bye = await caller.byeReceived();
    t.equal(bye.header('Reason'), 'Q.850;cause=16;text="NORMAL_CLEARING"');
    await client.event('CHANNEL_DESTROY', caller.uuid);
    await rig.empty();
  },
);
