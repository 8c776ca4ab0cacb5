/**
 * `ringpost start` with its embedded switch, killed while two talk: the switch goes on and the talk with it, the next start finds both, and
 * when that one is stopped with no call left the switch ends too.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { type PhoneCall, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { isStep, TAKEN_OVER } from './mortal-app.js';
import { RingpostCommand } from './ringpost-command.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const SETTLING_PACKETS = 30;

function configurationFor(destination: string): object {
  return {
    trunks: [{ id: 'loopback', name: 'Loopback', sourceCidrs: ['127.0.0.0/8'], gateways: [], defaultCountry: 'US' }],
    sources: [{ id: 'publisher', name: 'Publisher' }],
    buyers: [{ id: 'acme', name: 'Acme' }],
    targets: [{ id: 'acme-desk', buyerId: 'acme', name: 'Acme desk', price: 30, destination }],
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

async function phone(name: string, toneHz: number): Promise<TonePhone> {
  const media = () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  const manner = { kind: 'answer', afterMs: 50 } as const;
  const started = await TonePhone.start({ name, address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
  t.teardown(() => started.close());
  return started;
}

t.test('the switch outlives an app that is killed, and the next start uses it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-lasting-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const environment = {
    RINGPOST_ENGINE: 'embedded',
    RINGPOST_DATA_FOLDER: folder,
    RINGPOST_SIP_PORT: '0',
    DRACHTIO_PORT: '0',
    FREESWITCH_EVENT_SOCKET_PORT: '0',
    FREESWITCH_SIP_ADDRESS: '127.0.0.1:0',
    RINGPOST_HTTP_PORT: '0',
    RINGPOST_DRAIN_MS: '0',
    RINGPOST_MP3: 'off',
  };
  const [buyer, caller] = await Promise.all([phone('buyer', BUYER_HZ), phone('caller', CALLER_HZ)]);
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configurationFor(buyer.uri)));
  t.equal(await new RingpostCommand(['apply', file], environment).exited, 0);
  const first = new RingpostCommand(['start'], environment);
  t.teardown(() => first.kill());
  const { sip } = await first.line((line) => line.msg === 'the embedded switch is up');
  await first.line((line) => line.msg === 'ready for calls');
  const rung = new Promise<PhoneCall>((resolve) => buyer.onCall(resolve));
  const call = await caller.call(`sip:+12025550100@${sip}`, '+13105550123');
  await first.line(isStep('bridged'));
  const heard = (await rung).media as TonePhoneMedia;
  await first.kill();
  await heard.receives(SETTLING_PACKETS);
  await heard.hears(CALLER_HZ);
  const next = new RingpostCommand(['start'], environment);
  t.teardown(() => next.kill());
  t.match(await next.line((line) => line.msg === 'the embedded switch is up'), { sip, isFound: true });
  t.match(await next.line(TAKEN_OVER), { adopted: 1 });
  await heard.receives(SETTLING_PACKETS);
  await heard.hears(CALLER_HZ);
  const { process: owner } = JSON.parse(readFileSync(join(folder, 'switch.json'), 'utf8')) as {
    process: { pid: number };
  };
  call.hangup();
  await (await rung).ended;
  await next.line((line) => line.msg === 'call closed' && line.outcome === 'sold');
  next.stop();
  t.equal(await next.exited, 0);
  t.throws(() => process.kill(owner.pid, 0), { code: 'ESRCH' }, 'with no call left the switch ends too');
});
