/** The link to a scripted drachtio over the real drachtio-srf, on a virtual clock, for the tests of the link itself. */
import type { Test } from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { DrachtioLink } from '../../../src/adapters/telephony/drachtio/drachtio-link.js';
import type { RequestListener } from '../../../src/adapters/telephony/drachtio/drachtio-request.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { ScriptedDrachtio } from './scripted-drachtio.js';
import { KeptLog } from './telephony-under-test.js';

export interface Rig {
  readonly server: ScriptedDrachtio;
  readonly link: DrachtioLink;
  readonly clock: VirtualClock;
  readonly log: KeptLog;
}

export async function startRig(t: Test): Promise<Rig> {
  const server = await ScriptedDrachtio.start();
  t.teardown(() => server.close());
  const clock = new VirtualClock();
  const log = new KeptLog();
  const link = new DrachtioLink({ drachtio: server.address, clock, log, deadlines: DEFAULT_DEADLINES });
  t.teardown(() => link.close());
  return { server, link, clock, log };
}

export async function connectedRig(t: Test): Promise<Rig> {
  const rig = await startRig(t);
  await rig.link.start();
  return rig;
}

export function regained(link: DrachtioLink): Promise<void> {
  return new Promise((resolve) => link.onRegained(resolve));
}

/** What became of a request, as its listener is told. */
export function outcomeOf(send: (listener: RequestListener) => void): Promise<string> {
  return new Promise((resolve) => {
    send({
      sent: () => undefined,
      answered: (response) => resolve(`answered ${response.status}`),
      failed: (error) => resolve(error.name),
    });
  });
}

export const OPTIONS_OUT = { method: 'OPTIONS', uri: 'sip:x@127.0.0.1', headers: {} };

export function inviteText(callId: string): string {
  return [
    'INVITE sip:+18005551212@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1',
    'From: <sip:+15557654321@x>;tag=far',
    'To: <sip:us@x>',
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:far@192.0.2.7>',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
