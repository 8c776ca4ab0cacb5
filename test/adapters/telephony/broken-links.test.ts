/**
 * Fault rows F7, F8 and F10: the two control links through a proxy that cuts them, holds them up and changes their bytes, while two people
 * talk. The broken connection is discarded and opened anew, the pair talks on, and a hang-up afterwards ends both sides.
 */
import t, { type Test } from 'tap';
import type { DrachtioAddress } from '../../../src/adapters/telephony/drachtio/drachtio-link-options.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { bothReinvited, takesBye } from './adopted-call.js';
import { type Conversation, conversation } from './placed-call.js';
import { request } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony, type TelephonyUnderTest } from './telephony-under-test.js';

/** A silent link is looked for more often than in production; how long an answer may take is the same, since a machine may be busy. */
const OFTEN = { pingIntervalMs: 400 };

const under = await switchUnderTest(t);

interface Proxied {
  readonly app: TelephonyUnderTest;
  readonly drachtio: TcpProxy;
  readonly eventSocket: TcpProxy;
}

async function startProxied(t: Test): Promise<Proxied> {
  const drachtio = await TcpProxy.start(under.drachtio.port);
  const eventSocket = await TcpProxy.start(under.mediaServer.eventSocketPort);
  t.teardown(() => {
    drachtio.close();
    eventSocket.close();
  });
  const control: DrachtioAddress = { ...under.drachtio, port: drachtio.port };
  const mediaServer = { ...under.mediaServer, eventSocketPort: eventSocket.port };
  const app = await startTelephony(t, { ...under, drachtio: control, mediaServer }, { deadlines: OFTEN });
  return { app, drachtio, eventSocket };
}

/** Audio passes while it is awaited, so that nothing here polls the clock. */
async function until(talk: Conversation, holds: () => boolean): Promise<void> {
  while (!holds()) await talk.caller.voice.heard(1);
}

async function assertTheyTalkAndEnd(t: Test, { app }: Proxied, talk: Conversation): Promise<void> {
  const { caller, buyer } = talk;
  t.equal(caller.leg.hasEnded || buyer.leg.hasEnded, false, 'both legs are still up');
  await Promise.all([caller.voice.heard(10), buyer.voice.heard(10)]);
  caller.peer.send(request(caller.peer, 'BYE', 2, caller.dialog), under.sipPort);
  t.equal(await talk.unbridged, 'caller');
  await takesBye(buyer.peer);
  t.same(await nothingLeft(app.telephony), NOTHING_LEFT);
}

const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x55));

const DRACHTIO_FAULTS: readonly (readonly [what: string, fault: (proxy: TcpProxy) => void])[] = [
  ['is cut', (proxy) => proxy.cut()],
  ['brings a frame of garbage', (proxy) => proxy.inject('garbage#\r\n\r\n')],
  ['brings a length that lies', (proxy) => proxy.inject('7#a|sip|n99x#')],
  ['has its bytes flipped', (proxy) => proxy.spoilNext(flip)],
  ['is held up half-open', (proxy) => proxy.stall()],
];

for (const [what, fault] of DRACHTIO_FAULTS) {
  t.test(`the control link to drachtio ${what}: it is opened anew, and the pair talks on`, async (t) => {
    const proxied = await startProxied(t);
    const talk = await conversation(proxied.app);
    const asked = bothReinvited(talk);
    fault(proxied.drachtio);
    await until(talk, () => !proxied.app.telephony.ready().isReady);
    proxied.drachtio.resume();
    await asked;
    t.ok(proxied.drachtio.connections >= 2);
    await assertTheyTalkAndEnd(t, proxied, talk);
  });
}

const EVENT_SOCKET_FAULTS: readonly (readonly [what: string, fault: (proxy: TcpProxy) => void])[] = [
  ['is cut', (proxy) => proxy.cut()],
  [
    'brings a reply that cannot be decoded',
    (proxy) => proxy.inject('Content-Type: command/reply\nReply-Text: %zz\n\n'),
  ],
  [
    'brings a length that lies',
    (proxy) => proxy.inject('Content-Type: text/event-json\nContent-Length: 99999999\n\n{'),
  ],
  ['has its bytes flipped', (proxy) => proxy.spoilNext(flip)],
  ['is held up half-open', (proxy) => proxy.stall()],
];

for (const [what, fault] of EVENT_SOCKET_FAULTS) {
  t.test(`the event socket ${what}: it is opened anew, and the pair talks on`, async (t) => {
    const proxied = await startProxied(t);
    const talk = await conversation(proxied.app);
    fault(proxied.eventSocket);
    await until(talk, () => !proxied.app.telephony.ready().isReady);
    proxied.eventSocket.resume();
    await until(talk, () => proxied.app.telephony.ready().isReady);
    t.ok(proxied.eventSocket.connections >= 2);
    await assertTheyTalkAndEnd(t, proxied, talk);
  });
}
