/** The adapter between a scripted drachtio and a scripted FreeSWITCH that behave well until a test says otherwise, on a virtual clock. */
import type { Test } from 'tap';
import type { Deadlines } from '../../../src/adapters/telephony/deadlines.js';
import { createTelephony, type TelephonyAdapter } from '../../../src/adapters/telephony/telephony.js';
import type { AnswerOutcome, InboundCall } from '../../../src/application/ports/telephony.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { sdpFor } from './raw-sip-peer.js';
import { ScriptedDrachtio } from './scripted-drachtio.js';
import { ScriptedEventSocket } from './scripted-event-socket.js';
import { KeptLog, treatment } from './telephony-under-test.js';

export interface Rig {
  readonly drachtio: ScriptedDrachtio;
  readonly freeswitch: ScriptedEventSocket;
  readonly telephony: TelephonyAdapter;
  readonly clock: VirtualClock;
  readonly log: KeptLog;
  readonly inbound: InboundCall[];
}

/** A clock that is turned by seconds would outrun the answers to the links' pings. */
const NO_PINGS = { pingIntervalMs: 1_000_000_000 };

/** FreeSWITCH takes every INVITE and BYE; far ends take every BYE. */
function behaveWell(drachtio: ScriptedDrachtio): void {
  drachtio.onRequest = (request) => {
    if (/^INVITE sip:(caller|buyer)@127\.0\.0\.1:5080/.test(request.startLine)) {
      const dialogId = `fs-${request.header('call-id')}`;
      drachtio.respond(request, '200 OK', { dialogId, body: sdpFor(30_000) });
    }
    if (request.startLine.startsWith('BYE')) drachtio.respond(request, '200 OK', { dialogId: request.dialogId });
  };
}

export async function startRig(
  t: Test,
  onInbound?: (inbound: InboundCall) => Promise<void>,
  deadlines: Partial<Deadlines> = NO_PINGS,
): Promise<Rig> {
  const drachtio = await ScriptedDrachtio.start();
  const freeswitch = await ScriptedEventSocket.start();
  behaveWell(drachtio);
  const clock = new VirtualClock();
  const log = new KeptLog();
  const inbound: InboundCall[] = [];
  const telephony = await createTelephony({
    drachtio: drachtio.address,
    mediaServers: [freeswitch.server],
    clock,
    log,
    deadlines,
  });
  telephony.onInboundCall(async (call) => {
    inbound.push(call);
    await onInbound?.(call);
  });
  t.teardown(async () => {
    await telephony.close();
    drachtio.close();
    freeswitch.close();
  });
  await telephony.start();
  return { drachtio, freeswitch, telephony, clock, log, inbound };
}

export function invite(callId: string, options: { sdp?: string; from?: string } = {}): Buffer {
  const sdp = options.sdp ?? sdpFor(40_000);
  const head = [
    'INVITE sip:+18005551212@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1',
    `From: ${options.from ?? '<sip:+15557654321@192.0.2.7>'};tag=far`,
    'To: <sip:+18005551212@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:far@192.0.2.7>',
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(sdp)}`,
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(`\r\n\r\n${sdp}`)]);
}

export function inDialog(method: string, callId: string): string {
  return [
    `${method} sip:us@127.0.0.1 SIP/2.0`,
    'From: <sip:+15557654321@192.0.2.7>;tag=far',
    'To: <sip:+18005551212@127.0.0.1>;tag=us',
    `Call-ID: ${callId}`,
    `CSeq: 2 ${method}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** Delivers an INVITE, and the ACK when the 200 has gone out. The far dialog's id is `dialog-txn-<callId>`. */
export async function callIn(
  rig: Rig,
  callId: string,
  options: { acknowledges?: boolean } = {},
): Promise<{ readonly answering: Promise<AnswerOutcome> }> {
  rig.drachtio.deliver(invite(callId), `txn-${callId}`);
  const answering = (await nextInbound(rig)).answer(treatment(), () => Promise.resolve());
  await rig.drachtio.next(/^SIP\/2\.0 200/);
  if (options.acknowledges !== false) {
    rig.drachtio.deliver(inDialog('ACK', callId), `txn-${callId}`, `dialog-txn-${callId}`);
  }
  return { answering };
}

export async function nextInbound(rig: Rig): Promise<InboundCall> {
  for (;;) {
    const inbound = rig.inbound.shift();
    if (inbound !== undefined) return inbound;
    await rig.clock.advance(0);
  }
}

/** Lets bytes travel until it holds; the clock stands still. */
export async function until(rig: Rig, holds: () => boolean): Promise<void> {
  while (!holds()) await rig.clock.advance(0);
}

/** Turns the clock, a moment at a time, until every table is empty. */
export async function nothingLeft(rig: Rig): Promise<object> {
  while (Object.values(rig.telephony.counts()).some((count) => count > 0)) await rig.clock.advance(1);
  return rig.telephony.counts();
}
