// What `ringpost start` does when another program has a port of the embedded switch: it says so and ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ENTRY } from '../e2e/ringpost-command.js';

t.test('a taken control port ends the start with the port in a sentence and status 1', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-port-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  t.teardown(() => squatter.close());
  const { port } = squatter.address() as AddressInfo;
  const environment = {
    RINGPOST_DATA_FOLDER: folder,
    RINGPOST_HTTP_PORT: '0',
    RINGPOST_SIP_PORT: '0',
    DRACHTIO_PORT: String(port),
    FREESWITCH_EVENT_SOCKET_PORT: '0',
    FREESWITCH_SIP_ADDRESS: '127.0.0.1:0',
  };
  const child = spawn(process.execPath, [ENTRY, 'start'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = await once(child, 'close');
  t.equal(code, 1);
  t.match(complaint, new RegExp(`the switch ended before it was ready: .*${port}`));
});
