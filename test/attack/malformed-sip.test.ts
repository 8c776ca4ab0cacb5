/**
 * Bytes at the public SIP port that are hardly SIP: the messages of RFC 4475, seeded mutations over UDP and TCP, floods and half
 * messages, and offers that no phone would make. A call that is up the while keeps its audio both ways, and nothing is left behind.
 */
import t, { type Test } from 'tap';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { tortureMessages } from '../embedded/sip/torture-messages.js';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';
import { newBranch, sdpFor } from './hostile-caller.js';
import type { SipText } from './hostile-peer.js';
import { SeededRandom } from './seeded-random.js';

const MESSAGES = Number(process.env.ATTACK_FUZZ_MESSAGES ?? 1_500);
const SEED = Number(process.env.ATTACK_SEED ?? 1);
const CALLER_HZ = 440;
const BUYER_HZ = 1_000;

const system = await AttackSystem.start();
t.teardown(() => system.close());
const emptyDid = await system.addCampaign({
  targets: [],
  changes: { greetingPromptId: null, apologyPromptId: null, fallback: [] },
});

async function phone(t: Test, toneHz: number): Promise<TonePhoneMedia> {
  const opened = await TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  t.teardown(() => opened.close());
  return opened;
}

const listenTo = (audio: TonePhoneMedia, sdp: SipText): void =>
  audio.setRemote('127.0.0.1', Number(/^m=audio (\d+)/m.exec(sdp.body)?.[1]), 0);

/** A call with audio both ways, attacked; afterwards both still hear each other, and it ends as it should. */
async function whileTalking(t: Test, attack: () => Promise<void>): Promise<void> {
  const [callerAudio, buyerAudio] = await Promise.all([phone(t, CALLER_HZ), phone(t, BUYER_HZ)]);
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({ targets: [{ id: 'b', uri: buyer.uri }], changes: { greetingPromptId: null } });
  const caller = await system.caller(did);
  listenTo(callerAudio, await caller.call({ sdp: sdpFor(callerAudio.port) }));
  const invite = await buyer.invite();
  listenTo(buyerAudio, invite);
  await buyer.answer(invite, '200 OK', { sdp: sdpFor(buyerAudio.port) });
  await Promise.all([callerAudio.hears(BUYER_HZ), buyerAudio.hears(CALLER_HZ)]);
  await attack();
  await Promise.all([callerAudio.receives(30), buyerAudio.receives(30)]);
  // Of half a second that holds nothing from before; it is begun anew with each packet, in case one was late just now.
  await Promise.all([callerAudio.hears(BUYER_HZ), buyerAudio.hears(CALLER_HZ)]);
  t.pass('the caller hears the buyer, and the buyer the caller');
  const byed = buyer.byes();
  t.equal((await caller.hangup()).status, 200);
  await byed;
  t.match((await system.record(caller.callId)).call, { state: 'ended', outcome: 'sold', release: { by: 'caller' } });
}

/** Settles when everything that was sent before has been read. */
async function allIsRead(): Promise<void> {
  for (const transport of ['udp', 'tcp'] as const) {
    const caller = await system.caller(emptyDid, { transport });
    await caller.peer.send(caller.write('OPTIONS', { cseq: 1 }));
    await caller.peer.final('OPTIONS', 1);
  }
}

t.test('the messages of RFC 4475 over UDP and TCP while two people talk', async (t) => {
  await whileTalking(t, async () => {
    const udp = await system.peer();
    for (const message of tortureMessages().values()) {
      await udp.send(message);
      const tcp = await system.peer({ transport: 'tcp' });
      await tcp.send(message);
      await tcp.close();
    }
    await allIsRead();
  });
});

const ATOMS = [
  '\0',
  '\r\n',
  '\r\n\r\n',
  ' ',
  ';',
  ',',
  '"',
  '<',
  '>',
  '%',
  '%00',
  '${x}',
  '|',
  '\xff',
  '\xc3\x28',
  '-1',
  '4294967296',
  'z9hG4bK',
  'tag=',
  '=',
  ':',
  '@',
  '[::1]',
  '9'.repeat(40),
  'A'.repeat(3_000),
] as const;

/** One to four changes: a piece cut out, doubled, exchanged or something hostile put in. */
function mutate(random: SeededRandom, text: string): string {
  let result = text;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    const at = random.below(result.length + 1);
    const length = random.below(20);
    switch (random.below(4)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at + length) + result.slice(at);
        break;
      case 2:
        result = `${result.slice(0, at)}${random.pick([...ATOMS] as [string, ...string[]])}${result.slice(at)}`;
        break;
      default:
        result = `${result.slice(0, at)}${String.fromCharCode(random.below(256))}${result.slice(at + 1)}`;
    }
  }
  return result;
}

t.test(
  'mutated SIP over UDP and TCP while two people talk: the call goes on, no call is invented, nothing crashes',
  async (t) => {
    const random = new SeededRandom(SEED);
    t.comment(`seed ${SEED}, ${MESSAGES} messages`);
    await whileTalking(t, async () => {
      const udp = await system.caller('+12025559998');
      let tcp = await system.caller('+12025559998', { transport: 'tcp' });
      const methods = [
        'INVITE',
        'ACK',
        'BYE',
        'CANCEL',
        'OPTIONS',
        'PRACK',
        'UPDATE',
        'REFER',
        'INFO',
        'REGISTER',
      ] as const;
      for (let sent = 0; sent < MESSAGES; sent += 1) {
        const isTcp = random.below(4) === 0;
        if (isTcp && random.below(10) === 0) {
          await tcp.peer.close();
          tcp = await system.caller('+12025559998', { transport: 'tcp' });
        }
        const method = random.pick(methods);
        const sender = isTcp ? tcp : udp;
        const sdp = random.below(2) === 0 ? { sdp: sdpFor() } : {};
        const text = sender.write(method, { branch: newBranch(), cseq: random.below(50), ...sdp });
        await sender.peer.send(mutate(random, text).slice(0, 60_000));
        if (sent % 100 === 0) await allIsRead();
      }
      await allIsRead();
    });
  },
);

t.test('TCP that never ends a message, sends 1 MB of header, or thirty connections of nothing', async (t) => {
  await whileTalking(t, async () => {
    const peers = await Promise.all(Array.from({ length: 30 }, () => system.peer({ transport: 'tcp' })));
    await Promise.all(
      peers.map((peer, index) => (index % 3 === 0 ? undefined : peer.send('INVITE sip:x SIP/2.0\r\nVia: '))),
    );
    const [first, second, third] = peers;
    await first?.send(`INVITE sip:x SIP/2.0\r\nX: ${'y'.repeat(1_000_000)}`);
    await second?.send('INVITE sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n');
    await third?.send('\r\n'.repeat(10_000));
    await allIsRead();
    await Promise.all(peers.map((peer) => peer.close()));
  });
});

const base = sdpFor(9);
const OFFERS: Readonly<Record<string, { readonly sdp: string; readonly statuses: readonly number[] }>> = {
  'no common codec': { sdp: base.replace('0 101', '18').replace('0 PCMU/8000', '18 G729/8000'), statuses: [488] },
  'without m=': { sdp: base.replace(/m=[\s\S]*/, ''), statuses: [488] },
  'port 0': { sdp: sdpFor(0), statuses: [488, 200] },
  'IPv6 address': { sdp: base.replaceAll('IP4 127.0.0.1', 'IP6 ::1'), statuses: [488, 200] },
  'two audio lines': { sdp: `${base}m=audio 11 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n`, statuses: [200] },
  'video first': {
    sdp: base.replace('m=audio', 'm=video 13 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\nm=audio'),
    statuses: [200],
  },
  'c=0.0.0.0': { sdp: base.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0'), statuses: [200] },
  'an address that is a name': {
    sdp: base.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 ${hostname}'),
    statuses: [488, 200, 400],
  },
  'a hundred codecs': {
    sdp: base.replace('0 101', Array.from({ length: 100 }, (_, n) => n).join(' ')),
    statuses: [200],
  },
  '40 kB of attributes': { sdp: base + 'a=x:y\r\n'.repeat(6_000), statuses: [503] },
  'line ends of one byte': { sdp: base.replaceAll('\r\n', '\n'), statuses: [200, 488] },
  'no SDP but XML': { sdp: '<sdp/>', statuses: [415] },
  'a port like a sentence': { sdp: base.replace('audio 9', "audio 9';x"), statuses: [200, 400, 488] },
};

t.test('offers that no phone would make: answered as they deserve, and nothing stays', async (t) => {
  for (const transport of ['tcp', 'udp'] as const) {
    await Promise.all(
      Object.entries(OFFERS).map(async ([name, { sdp, statuses }]) => {
        const caller = await system.caller(emptyDid, { transport });
        await caller.peer.send(caller.invite({ sdp }));
        const final = await caller.peer.final('INVITE', 1);
        t.ok(statuses.includes(final.status), `${name} over ${transport}: ${final.startLine}`);
        if (final.status !== 200) return await caller.acknowledgeRefusal(final);
        const byed = caller.byes();
        await caller.acknowledge(final);
        await byed;
        t.equal((await system.record(caller.callId)).call.state, 'ended');
      }),
    );
  }
  await system.assertNothingHeld(t);
});

t.test('after all of it: a plain call is answered, and nothing is held', async (t) => {
  await whileTalking(t, async () => undefined);
  await system.assertNothingHeld(t);
  const unfinished = await system.app.store.calls.unfinished();
  t.same(unfinished, [], 'every record is closed');
  const bugs = system.logLines.filter((line) => /internal fault|handler.*failed|"alarm":"bug"/.test(line));
  t.same(bugs, [], 'no bug of ours was met');
});
