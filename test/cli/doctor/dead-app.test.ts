// drachtio that hands a part of the calls to an app that is gone: the doctor sees it by OPTIONS that nobody answers.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { diagnose } from './diagnosis.js';

/** What the check says of a SIP port that answers with `statusOf` the nth request, counted from 0; null answers nothing. */
async function sipFinding(t: Test, statusOf: (index: number) => number | null) {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-doctor-'));
  const drachtio = createSocket('udp4');
  t.teardown(() => {
    drachtio.close();
    rmSync(folder, { recursive: true, force: true });
  });
  drachtio.bind(0, '127.0.0.1');
  await once(drachtio, 'listening');
  let asked = 0;
  drachtio.on('message', (_datagram, { port, address }) => {
    const status = statusOf(asked);
    asked += 1;
    if (status !== null) drachtio.send(`SIP/2.0 ${status} Any\r\n\r\n`, port, address);
  });
  const diagnosis = await diagnose(t, {
    RINGPOST_ENGINE: 'embedded',
    RINGPOST_DATA_FOLDER: folder,
    RINGPOST_SIP_ADDRESS: '127.0.0.1',
    RINGPOST_SIP_PORT: String(drachtio.address().port),
  });
  return diagnosis.of('sip');
}

t.test('every second OPTIONS is answered by nobody: a fault that says to restart drachtio', async (t) => {
  const finding = await sipFinding(t, (index) => (index % 2 === 0 ? 200 : null));
  t.match(finding, { state: 'fault', found: /hands a part of the calls to an app that is gone/ });
  t.match(finding.advice, /^restart drachtio/);
});

t.test('one OPTIONS is lost, once: no fault', async (t) => {
  const finding = await sipFinding(t, (index) => (index === 30 ? null : 200));
  t.match(finding, { state: 'ok', found: /answers OPTIONS with 200/ });
});
