/**
 * `ringpost start` as an operator runs it: processes of their own, the configuration applied by another process while it runs, a call from
 * a tone phone, and SIGTERM at the end. Whoever is in no trunk's network gets no answer before, and gets one after.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { commandEnvironment, sipOf } from './command-environment.js';
import { ENTRY, RingpostCommand } from './ringpost-command.js';
import { sharedFolder } from './switch-under-test.js';

/** Settles with the status that answers OPTIONS. It asks every 100 ms, since nobody tells a stranger when he is let in. */
async function answeredWith({ address, port }: { address: string; port: number }): Promise<string> {
  const socket = createSocket('udp4');
  // Each is a request of its own: what was left unanswered stays so, however often it is sent.
  const ask = (): void => {
    const lines = [
      `OPTIONS sip:ping@${address}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${randomUUID()};rport`,
      'From: <sip:probe@127.0.0.1>;tag=1',
      `To: <sip:ping@${address}:${port}>`,
      `Call-ID: ${randomUUID()}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
    ];
    socket.send(`${lines.join('\r\n')}\r\n\r\n`, port, address);
  };
  const asking = setInterval(ask, 100);
  const answer = await new Promise<Buffer>((resolve) => socket.once('message', resolve));
  clearInterval(asking);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return answer.toString('latin1').split('\r\n', 1)[0] ?? '';
}

function configurationFor(buyerUri: string): object {
  return {
    trunks: [{ id: 'loopback', name: 'Loopback', sourceCidrs: ['127.0.0.0/8'], gateways: [], defaultCountry: 'US' }],
    sources: [{ id: 'publisher', name: 'Publisher' }],
    buyers: [{ id: 'acme', name: 'Acme' }],
    targets: [{ id: 'acme-desk', buyerId: 'acme', name: 'Acme desk', price: 30, destination: buyerUri }],
    campaigns: [
      {
        id: 'plumbing',
        name: 'Plumbing',
        currency: 'USD',
        targetIds: ['acme-desk'],
        holdMusicPromptId: 'builtin:hold-music',
      },
    ],
    dids: [{ number: '+12025550100', campaignId: 'plumbing', sourceId: 'publisher' }],
  };
}

t.test('an operator starts it, applies a file while it runs, takes a call, and stops it', async (t) => {
  const folder = mkdtempSync(join(sharedFolder(), 'ringpost-start-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const environment = commandEnvironment(folder);
  const app = new RingpostCommand(['start'], environment);
  t.teardown(() => app.stop());
  const sip = await sipOf(app);
  await app.line((line) => line.msg === 'ready for calls');

  const phone = (name: string, toneHz: number) =>
    TonePhone.start({
      name,
      address: '127.0.0.1',
      port: 0,
      transport: 'udp',
      manner: { kind: 'answer', afterMs: 50 },
      media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz }),
    });
  const buyer = await phone('buyer', 1_000);
  const caller = await phone('caller', 440);
  t.teardown(() => Promise.all([buyer.close(), caller.close()]));
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configurationFor(buyer.uri)));
  t.equal(await new RingpostCommand(['apply', file], environment).exited, 0);

  await app.line((line) => line.msg === 'a new configuration is in force');
  t.equal(await answeredWith(sip), 'SIP/2.0 200 OK', 'the trunk is let in without a restart');
  const call = await caller.call(`sip:+12025550100@${sip.address}:${sip.port}`, '+13105550123');
  await app.line((line) => line.step === 'bridged');
  call.hangup();
  await app.line((line) => line.msg === 'call closed' && line.outcome === 'sold');
  app.stop();
  t.equal(await app.exited, 0);
});

t.test('a contradiction in the environment is refused with a sentence and status 1', async (t) => {
  const folder = mkdtempSync(join(sharedFolder(), 'ringpost-start-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const environment = { RINGPOST_DATA_FOLDER: folder, RINGPOST_RTP_PORT_MIN: '30000', RINGPOST_RTP_PORT_MAX: '20000' };
  const child = spawn(process.execPath, [ENTRY, 'start'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  t.equal(code, 1);
  t.match(complaint, /RINGPOST_RTP_PORT_M(IN|AX)/);
});
