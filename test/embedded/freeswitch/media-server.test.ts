/** The whole embedded switch as drachtio-fsmrf 5.0.1 needs it: connect, an endpoint, a conference, and nothing left at the end. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { startEmbeddedSwitch } from '../../../src/embedded/switch-process.js';
import { whenZero } from '../../soak/when-zero.js';
import { repositoryRoot } from './freeswitch-rig.js';

const LEFT_LIMIT_MS = 5_000;

interface Endpoint {
  readonly uuid: string;
  play(file: string): Promise<{ playbackMilliseconds: string }>;
  join(conference: Conference): Promise<{ memberId: string }>;
  unjoin(): Promise<unknown>;
  destroy(): Promise<void>;
}
interface Conference {
  getSize(): Promise<number>;
  destroy(): Promise<void>;
}
interface MediaServer {
  readonly sip: { readonly ipv4: { readonly udp: { readonly address: string } } };
  createEndpoint(): Promise<Endpoint>;
  createConference(name: string): Promise<Conference>;
  disconnect(): void;
}
interface Srf {
  connect(options: object): void;
  on(name: string, listener: (error: unknown) => void): void;
  disconnect(): void;
}

const require = createRequire(import.meta.url);
const createSrf: new () => Srf = require('drachtio-srf');
const createMrf: new (srf: Srf) => { connect(options: object): Promise<MediaServer> } = require('drachtio-fsmrf');

t.test('drachtio-fsmrf connects, creates an endpoint and a conference, and leaves nothing behind', async (t) => {
  const running = await startEmbeddedSwitch({
    sipAddress: '127.0.0.1',
    sipPort: 0,
    controlPort: 0,
    controlSecret: 'secret',
    freeswitchSipPort: 0,
    eventSocketPort: 0,
    eventSocketPassword: 'password',
    mediaAddress: '127.0.0.1',
    rtpPortMin: 20_000,
    rtpPortMax: 30_000,
    configurationFolder: join(repositoryRoot(), 'freeswitch-conf'),
  });
  const srf = new createSrf();
  srf.on('error', () => undefined);
  const connected = new Promise<void>((resolve, reject) => {
    srf.on('connect', (error) => (error === null ? resolve() : reject(error)));
  });
  srf.connect({ host: '127.0.0.1', port: running.controlPort, secret: 'secret' });
  await connected;
  const server = await new createMrf(srf).connect({
    address: '127.0.0.1',
    port: running.eventSocketPort,
    secret: 'password',
    listenAddress: '127.0.0.1',
  });
  t.equal(server.sip.ipv4.udp.address, running.freeswitchSipAddress);
  const endpoint = await server.createEndpoint();
  t.equal((await endpoint.play('silence_stream://100')).playbackMilliseconds, '100');
  const conference = await server.createConference('room');
  await endpoint.join(conference);
  t.equal(await conference.getSize(), 2, 'the endpoint and the control leg');
  await endpoint.unjoin();
  await endpoint.destroy();
  await conference.destroy();
  // drachtio-fsmrf settles with the BYE; what FreeSWITCH does after it tells nobody.
  const { left } = await whenZero(() => {
    const { channels, legs, conferenceMembers, channelTimers } = running.counts().freeswitch;
    return { channels, legs, conferenceMembers, channelTimers, mediaSessions: running.counts().mediaSessions };
  }, LEFT_LIMIT_MS);
  t.same(left, {});
  t.ok(running.limits().length > 5);
  server.disconnect();
  srf.disconnect();
  await running.close();
});
