/**
 * What `npm run test:engines -- --drachtio ... --freeswitch ...` looks at before its first call. The embedded switch stands in for the
 * two servers here: it speaks their protocols, so that each precondition can be missing once.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { createFrame } from '../../src/embedded/drachtio/control-frames.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { type SwitchUnderTest, startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { type Examined, examineServers, type ServersPlan } from './examine-servers.js';

const embedded = await startSwitchUnderTest({});
t.teardown(() => embedded.stop());

function planFor({ drachtio, mediaServers }: SwitchUnderTest, changes: Partial<ServersPlan> = {}): ServersPlan {
  const [server] = mediaServers;
  if (server === undefined) throw new Error('there is a media server');
  return {
    drachtio: `${drachtio.host}:${drachtio.port}`,
    freeswitch: `${server.eventSocketHost}:${server.eventSocketPort}`,
    drachtioSip: null,
    freeswitchSip: null,
    shared: tmpdir(),
    env: { DRACHTIO_SECRET: drachtio.secret, FREESWITCH_EVENT_SOCKET_PASSWORD: server.password },
    ...changes,
  };
}

function refusedWith(t: Test, examined: Examined, sentence: RegExp): void {
  t.equal(examined.kind, 'refused');
  t.match(examined.kind === 'refused' ? examined.sentences.join(' ') : '', sentence);
}

t.test('a pair that is in order: both are named with their versions, and asked where their SIP is', async (t) => {
  const plan = planFor(embedded);
  const examined = await examineServers(plan);
  t.equal(examined.kind, 'ready', JSON.stringify(examined));
  if (examined.kind !== 'ready') return;
  const { names, environment, isReal } = examined.engines;
  t.ok(isReal);
  t.match(names.join('\n'), /drachtio v\d.*\n.*FreeSWITCH Version \d/);
  t.match(environment, {
    E2E_DRACHTIO_SIP: `127.0.0.1:${embedded.sip.port}`,
    E2E_FREESWITCH_SIP: embedded.mediaServers[0]?.sipAddress,
  });
});

const { DRACHTIO_SECRET, FREESWITCH_EVENT_SOCKET_PASSWORD } = planFor(embedded).env;
const MISSING: Readonly<Record<string, { readonly changes: Partial<ServersPlan>; readonly sentence: RegExp }>> = {
  'a secret is not set': {
    changes: { env: { FREESWITCH_EVENT_SOCKET_PASSWORD } },
    sentence: /DRACHTIO_SECRET is not set/,
  },
  'a secret is the default that everybody knows': {
    changes: { env: { DRACHTIO_SECRET: 'cymru', FREESWITCH_EVENT_SOCKET_PASSWORD } },
    sentence: /DRACHTIO_SECRET is the default/,
  },
  'drachtio refuses the secret': {
    changes: { env: { DRACHTIO_SECRET: 'another', FREESWITCH_EVENT_SOCKET_PASSWORD } },
    sentence: /drachtio at .* refuses the secret/,
  },
  'FreeSWITCH refuses the password': {
    changes: { env: { DRACHTIO_SECRET, FREESWITCH_EVENT_SOCKET_PASSWORD: 'another' } },
    sentence: /FreeSWITCH at .* it refuses the password/,
  },
  'an address is none': {
    changes: { drachtio: 'somewhere' },
    sentence: /--drachtio is "somewhere": it must be host:port/,
  },
  'nobody listens at the control port': {
    changes: { drachtio: '127.0.0.1:9' },
    sentence: /drachtio at .* cannot be reached/,
  },
  'nobody listens at the event socket': {
    changes: { freeswitch: '127.0.0.1:9' },
    sentence: /FreeSWITCH at .* cannot be used/,
  },
  'the profile is elsewhere': {
    changes: { freeswitchSip: '127.0.0.1:9' },
    sentence: /the SIP profile drachtio_mrf runs at/,
  },
  'drachtio is on another machine': {
    changes: { drachtioSip: '192.0.2.1:5060' },
    sentence: /no address of this machine/,
  },
  'the shared folder is not there': {
    changes: { shared: '/nowhere/at/all' },
    sentence: /nothing can be written below/,
  },
};

for (const [what, { changes, sentence }] of Object.entries(MISSING)) {
  t.test(`refused with a sentence: ${what}`, async (t) => {
    refusedWith(t, await examineServers(planFor(embedded, changes)), sentence);
  });
}

t.test('refused with a sentence: a channel is up on FreeSWITCH', async (t) => {
  const phone = await TonePhone.start({
    ...{ name: 'stray', address: '127.0.0.1', port: 0, transport: 'udp' as const },
    manner: { kind: 'refuse', status: 480 },
    media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: null }),
  });
  t.teardown(() => phone.close());
  const headers = { 'X-Ringpost-Call-Id': 'stray', 'X-Ringpost-Hold-Music': 'silence_stream://60000' };
  const call = await phone.call(`sip:caller@${embedded.mediaServers[0]?.sipAddress}`, 'stray', headers);
  await call.answered;
  refusedWith(t, await examineServers(planFor(embedded)), /FreeSWITCH has 1 channels up/);
  call.hangup();
  await call.ended;
});

t.test('refused with a sentence: another app is connected to drachtio and would get some of the calls', async (t) => {
  const { host, port, secret } = embedded.drachtio;
  const app = connect({ host, port });
  t.teardown(() => app.destroy());
  app.write(createFrame(`${randomUUID()}|authenticate|${secret}|`));
  app.write(createFrame(`${randomUUID()}|route|options`));
  await once(app, 'data');
  refusedWith(t, await examineServers(planFor(embedded)), /stop the app that is connected/);
});
