// Which FreeSWITCH gets the next call: the emptiest that is up, and another one when it refuses, hangs or is gone.
import t, { type Test } from 'tap';
import { createTelephony } from '../../../src/adapters/telephony/telephony.js';
import type { InboundCall } from '../../../src/application/ports/telephony.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { sdpFor } from './raw-sip-peer.js';
import { type AppRequest, ScriptedDrachtio } from './scripted-drachtio.js';
import { ScriptedEventSocket } from './scripted-event-socket.js';
import { inDialog, invite, nextInbound, type Rig, until } from './scripted-servers.js';
import { KeptLog, treatment } from './telephony-under-test.js';

const NAMES = ['fs-a', 'fs-b'] as const;

interface PoolRig extends Omit<Rig, 'freeswitch'> {
  readonly sockets: readonly ScriptedEventSocket[];
  /** The answer of a server to an INVITE; it takes the call when nothing is set. */
  readonly refusals: Map<string, string>;
  /** Names of the servers that were asked, in order. */
  readonly asked: string[];
}

async function startPool(t: Test): Promise<PoolRig> {
  const drachtio = await ScriptedDrachtio.start();
  const sockets = await Promise.all(NAMES.map(() => ScriptedEventSocket.start()));
  const clock = new VirtualClock();
  const log = new KeptLog();
  const inbound: InboundCall[] = [];
  const refusals = new Map<string, string>();
  const asked: string[] = [];
  drachtio.onRequest = (request: AppRequest) => {
    const name = NAMES.find((_name, index) => request.startLine.startsWith(`INVITE sip:caller@127.0.0.1:508${index} `));
    if (name !== undefined) {
      asked.push(name);
      const refusal = refusals.get(name);
      const dialogId = `fs-${request.header('call-id')}`;
      if (refusal === undefined) drachtio.respond(request, '200 OK', { dialogId, body: sdpFor(30_000) });
      else if (refusal !== '') drachtio.respond(request, refusal);
    }
    if (request.startLine.startsWith('BYE')) drachtio.respond(request, '200 OK', { dialogId: request.dialogId });
  };
  const mediaServers = sockets.map(({ server }, index) => ({
    ...server,
    name: NAMES[index] ?? '',
    sipAddress: `127.0.0.1:508${index}`,
  }));
  const deadlines = { pingIntervalMs: 1_000_000_000 };
  const telephony = await createTelephony({ drachtio: drachtio.address, mediaServers, clock, log, deadlines });
  telephony.onInboundCall(async (call) => {
    inbound.push(call);
  });
  t.teardown(async () => {
    await telephony.close();
    drachtio.close();
    for (const socket of sockets) socket.close();
  });
  await telephony.start();
  const rig = { drachtio, sockets, telephony, clock, log, inbound, refusals, asked };
  await until(asRig(rig), () => telephony.ready().links.every(({ isUp }) => isUp));
  return rig;
}

const asRig = (rig: Omit<PoolRig, 'asked' | 'refusals'>): Rig => {
  const [freeswitch] = rig.sockets;
  if (freeswitch === undefined) throw new Error('there is no server');
  return { ...rig, freeswitch };
};

/** The server that carries the next call, or the status that the caller would get. */
async function place(rig: PoolRig, callId: string): Promise<string> {
  rig.drachtio.deliver(invite(callId), `txn-${callId}`);
  const inbound = await nextInbound(asRig(rig));
  const answering = inbound.answer(treatment(), () => Promise.resolve());
  let outcome: Awaited<typeof answering> | null = null;
  void answering.then((value) => {
    outcome = value;
  });
  const isAnswered = (): boolean =>
    rig.drachtio.messages.some(
      ({ startLine, transactionId }) => startLine.startsWith('SIP/2.0 200') && transactionId === `txn-${callId}`,
    );
  await until(asRig(rig), () => outcome !== null || isAnswered());
  if (isAnswered()) rig.drachtio.deliver(inDialog('ACK', callId), `txn-${callId}`, `dialog-txn-${callId}`);
  const settled = await answering;
  if (settled.kind === 'answered') return settled.leg.mediaServer;
  return settled.kind === 'no-media' ? String(settled.sipStatus) : settled.kind;
}

function heartbeat(rig: PoolRig, index: number, sessions: number, max: number): void {
  rig.sockets[index]?.event({
    'Event-Name': 'HEARTBEAT',
    'Session-Count': String(sessions),
    'Max-Sessions': String(max),
  });
}

t.test('calls are spread: the one with fewer of ours is next', async (t) => {
  const rig = await startPool(t);
  const places = [];
  for (const callId of ['1', '2', '3', '4']) places.push(await place(rig, callId));
  t.same(places.sort(), ['fs-a', 'fs-a', 'fs-b', 'fs-b']);
});

t.test('a server that is half full of others’ calls by its HEARTBEAT gets fewer of ours', async (t) => {
  const rig = await startPool(t);
  heartbeat(rig, 0, 50, 100);
  heartbeat(rig, 1, 0, 100);
  // Both have been read once what was sent behind them is complained of.
  for (const socket of rig.sockets) socket.eventBody('null');
  await until(
    asRig(rig),
    () => rig.log.lines.filter(({ sentence }) => sentence.includes('cannot be read')).length === 2,
  );
  const places = [];
  for (const callId of ['1', '2', '3', '4']) places.push(await place(rig, callId));
  t.same(places, ['fs-b', 'fs-b', 'fs-b', 'fs-b']);
});

t.test(
  'a server at its session limit refuses: the caller goes to the next one, and so do the following ones for a second',
  async (t) => {
    const rig = await startPool(t);
    rig.refusals.set('fs-a', '503 Maximum Calls In Progress');
    for (const callId of ['1', '2', '3']) t.equal(await place(rig, callId), 'fs-b');
    t.equal(rig.asked.filter((name) => name === 'fs-a').length, 1, 'it is asked once');
    await rig.clock.advance(1_000);
    rig.refusals.clear();
    t.equal(await place(rig, '4'), 'fs-a', 'and then again');
  },
);

t.test('every server is at its limit: each is asked once, and the caller hears that it is us', async (t) => {
  const rig = await startPool(t);
  for (const name of NAMES) rig.refusals.set(name, '503 Maximum Calls In Progress');
  t.equal(await place(rig, '1'), '503');
  t.same([...rig.asked].sort(), ['fs-a', 'fs-b']);
});

t.test('a server whose event socket is gone gets no call', async (t) => {
  const rig = await startPool(t);
  rig.sockets[0]?.close();
  await until(asRig(rig), () => rig.telephony.ready().links.some(({ isUp }) => !isUp));
  t.equal(rig.telephony.ready().isReady, true, 'one is enough');
  t.same([await place(rig, '1'), await place(rig, '2')], ['fs-b', 'fs-b']);
});
