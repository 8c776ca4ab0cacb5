// The start looks whether the servers' control ports answer on a public address of this machine, and refuses to go on.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import t from 'tap';
import { refuseExposedControlPorts } from '../../src/cli/control-port-exposure.js';
import { loadConfig } from '../../src/config/config.js';

const server = createServer((socket) => socket.destroy());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
const { port } = server.address() as AddressInfo;

const HOST = { workingFolder: '/', ephemeralPortMin: null };
const SECRETS = { DRACHTIO_SECRET: 'good-one', FREESWITCH_EVENT_SOCKET_PASSWORD: 'good-two' };

function refuse(env: Readonly<Record<string, string>>): Promise<void> {
  const { config } = loadConfig({ RINGPOST_ENGINE: 'servers', ...SECRETS, ...env }, HOST);
  // An address on which something listens stands for a public one.
  return refuseExposedControlPorts(config, ['127.0.0.1']);
}

t.test('drachtio answers there: the start fails with what to change', async (t) => {
  await t.rejects(refuse({ DRACHTIO_PORT: String(port) }), {
    name: 'ConfigError',
    message: new RegExp(`control ports answer on 127.0.0.1 port ${port}.*bind them to loopback`),
  });
});

t.test('the operator has said in so many words that he accepts it: the start goes on', async (t) => {
  const words = 'whoever-reaches-them-may-place-calls';
  await t.resolves(refuse({ DRACHTIO_PORT: String(port), RINGPOST_ALLOW_PUBLIC_CONTROL_PORTS: words }));
});

t.test('nothing answers there, or the switch is our own: the start goes on', async (t) => {
  await t.resolves(refuse({ DRACHTIO_PORT: '1', FREESWITCH_EVENT_SOCKET_PORT: '1' }));
  const { config } = loadConfig({ DRACHTIO_PORT: String(port) }, HOST);
  await t.resolves(refuseExposedControlPorts(config, ['127.0.0.1']));
});
