/** Who reaches the control ports, and a drachtio that obeys whoever reaches it, as all versions of the real one do. */
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { judgeControlPorts } from '../../../src/cli/doctor/checks/admin-ports.js';
import { obeysAnybody } from '../../../src/cli/doctor/checks/drachtio.js';
import { createFrame, FrameReader } from '../../../src/embedded/drachtio/control-frames.js';
import { diagnose } from './diagnosis.js';

const PORTS = [
  { port: 9_022, server: 'drachtio' },
  { port: 8_021, server: 'FreeSWITCH' },
] as const;

t.test('control ports on loopback are in order', async (t) => {
  const outcome = judgeControlPorts(PORTS, [], [{ address: '127.0.0.1', port: 9_022 }]);
  t.match(outcome, { state: 'ok', found: 'control ports 9022 and 8021 answer on loopback alone' });
});

t.test('9022 open to the world is a fault that names the server, the address and the variable', async (t) => {
  const outcome = judgeControlPorts(PORTS, [{ host: '8.8.4.4', port: 9_022 }], [{ address: '0.0.0.0', port: 9_022 }]);
  t.match(outcome, {
    state: 'fault',
    found:
      /control port 9022 of drachtio listens on all addresses and answers on 8\.8\.4\.4.*whole internet places calls/,
    advice: /DRACHTIO_ADMIN_ADDRESS at 127\.0\.0\.1/,
  });
  t.notMatch(outcome.advice ?? '', /EVENT_SOCKET/, 'the other server is left alone');
});

t.test('a port in a private network is a warning; 8021 there lets others try passwords', async (t) => {
  const outcome = judgeControlPorts(PORTS, [{ host: '10.0.0.2', port: 8_021 }], []);
  t.match(outcome, {
    state: 'warning',
    found: /8021 of FreeSWITCH answers on 10\.0\.0\.2: everybody in that network may try passwords/,
    advice: /RINGPOST_FS_EVENT_SOCKET_IP/,
  });
});

/** Answers OK to everybody, with a secret or without. */
async function obedientPort(t: Test): Promise<number> {
  const server = createServer((socket) => {
    const reader = new FrameReader(65_536);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const payload of reader.push(chunk)) {
        const id = payload.toString('latin1').split('|')[0] ?? '';
        socket.write(createFrame(`an-id|response|${id}|OK|udp/127.0.0.1:9|v0.9.10`));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

t.test(
  'drachtio obeys strangers: in order on loopback, where the check of the ports watches, else a warning',
  async (t) => {
    const port = await obedientPort(t);
    const env = {
      RINGPOST_ENGINE: 'servers',
      RINGPOST_DATA_FOLDER: '/nonexistent',
      RINGPOST_TTS_ENGINES: 'flite-wasm',
      DRACHTIO_PORT: String(port),
      DRACHTIO_SECRET: 'quite-secret',
      FREESWITCH_EVENT_SOCKET_PORT: String(port),
      FREESWITCH_EVENT_SOCKET_PASSWORD: 'secret-too',
    };
    const onLoopback = await diagnose(t, env);
    t.match(onLoopback.of('drachtio'), { state: 'ok', found: /obeys clients that send none.*admin-ports/ });
    t.match(obeysAnybody('10.0.0.2', '10.0.0.2:9022'), {
      state: 'warning',
      found: /whoever reaches the port places calls/,
    });
  },
);
