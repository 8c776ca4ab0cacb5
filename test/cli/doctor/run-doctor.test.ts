/** `ringpost doctor` against a system that works, and against the same system with one thing wrong at a time: each is named, with the way out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runDoctor } from '../../../src/cli/run-doctor.js';
import { SystemUnderTest } from '../../e2e/system-under-test.js';
import { diagnose, environmentOf, PATIENT } from './diagnosis.js';

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
await sut.addCampaign({ targets: [{ id: 'desk', uri: 'sip:desk@127.0.0.1:9' }] });
const healthy = environmentOf(sut);
/** As with servers of his own, which have to be there. */
const withServers = { ...healthy, RINGPOST_ENGINE: 'servers', RINGPOST_SIP_ADDRESS: '', RINGPOST_SIP_PORT: '' };

function emptyFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-doctor-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A port at which nobody listens any more. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

t.test(
  'a system that works has no fault, and a call is played and recorded in the folders of both sides',
  async (t) => {
    const before = await readdir(join(sut.folder, 'prompts'));
    const diagnosis = await diagnose(t, healthy);
    t.equal(diagnosis.status, 0);
    t.same(diagnosis.faulty, []);
    const names = [
      'settings',
      'node',
      'disk',
      'speech',
      'database',
      'database-integrity',
      'default-secrets',
      'admin-ports',
    ];
    names.push('sip', 'event-socket', 'profile', 'codecs', 'secure-media', 'session-limits', 'profile-call');
    names.push('prompt-folder', 'recording-folder', 'trunks', 'dids', 'campaigns', 'targets');
    for (const name of names) t.equal(diagnosis.of(name).state, 'ok', `${name}: ${diagnosis.of(name).found}`);
    t.same(await readdir(join(sut.folder, 'prompts')), before, 'what was written is gone');
    t.same(await readdir(join(sut.folder, 'recordings')), []);
  },
);

t.test('a wrong event-socket password is one fault, and what hangs on it is skipped', async (t) => {
  const diagnosis = await diagnose(t, { ...healthy, FREESWITCH_EVENT_SOCKET_PASSWORD: 'not-this-one' });
  t.equal(diagnosis.status, 1);
  t.same(diagnosis.faulty, ['event-socket']);
  t.match(diagnosis.of('event-socket'), { found: /refuses our password/, advice: /FREESWITCH_EVENT_SOCKET_PASSWORD/ });
  t.equal(diagnosis.of('recording-folder').state, 'skipped');
  t.notMatch(JSON.stringify(diagnosis.findings), /not-this-one/, 'no finding shows a secret');
});

t.test('drachtio is down: its address and how it is started are named', async (t) => {
  const port = await deadPort();
  const diagnosis = await diagnose(t, { ...withServers, DRACHTIO_PORT: String(port) });
  t.same(diagnosis.faulty, ['drachtio']);
  t.match(diagnosis.of('drachtio'), { found: `127.0.0.1:${port} cannot be reached`, advice: /start drachtio/ });
});

t.test('drachtio refuses our secret: the variable is named', async (t) => {
  const diagnosis = await diagnose(t, { ...healthy, DRACHTIO_SECRET: 'another-secret' });
  t.same(diagnosis.faulty, ['drachtio']);
  t.match(diagnosis.of('drachtio'), { found: /refuses our secret/, advice: /DRACHTIO_SECRET/ });
});

t.test('a secret that everybody knows is a fault, and the other checks run all the same', async (t) => {
  const diagnosis = await diagnose(t, { ...healthy, FREESWITCH_EVENT_SOCKET_PASSWORD: 'ClueCon' });
  t.same(diagnosis.faulty, ['settings', 'default-secrets', 'event-socket']);
  t.match(diagnosis.of('default-secrets').found, /FREESWITCH_EVENT_SOCKET_PASSWORD \("ClueCon"\)/);
  t.equal(diagnosis.of('database').state, 'ok');
});

t.test('a recording folder that cannot be made is a fault with the reason', async (t) => {
  const folder = emptyFolder(t);
  writeFileSync(join(folder, 'taken'), '');
  const recordings = join(folder, 'taken', 'recordings');
  const diagnosis = await diagnose(t, { ...healthy, RINGPOST_RECORDING_FOLDER: recordings });
  t.same(diagnosis.faulty, ['recording-folder']);
  t.match(diagnosis.of('recording-folder'), { found: /taken is a file/, advice: /RINGPOST_RECORDING_FOLDER/ });
  t.equal(diagnosis.of('profile-call').state, 'skipped', 'no call is placed without a folder to record into');
});

t.test(
  'a folder that FreeSWITCH does not see under our path: what was tried is said of both, and whose rights to look at',
  async (t) => {
    // Only this process has the folder under the number of its own file descriptor.
    const folder = await open(sut.folder);
    t.teardown(() => folder.close());
    const ours = `/proc/self/fd/${folder.fd}`;
    const diagnosis = await diagnose(t, {
      ...healthy,
      RINGPOST_PROMPT_FOLDER: `${ours}/prompts`,
      RINGPOST_RECORDING_FOLDER: `${ours}/recordings`,
    });
    t.same(diagnosis.faulty, ['prompt-folder', 'recording-folder']);
    t.match(diagnosis.of('prompt-folder'), {
      found: /was not played to a call/,
      advice: /under the same path.*common group/,
    });
    t.match(diagnosis.of('recording-folder'), {
      found: /made no file that we see/,
      advice: /under the same path.*umask 0007/,
    });
    t.equal(diagnosis.of('profile-call').state, 'ok', 'the call itself was answered');
  },
);

t.test('a disk with less room than the threshold is a fault', async (t) => {
  const diagnosis = await diagnose(t, { ...healthy, RINGPOST_MIN_FREE_DISK_MB: '10000000' });
  t.same(diagnosis.faulty, ['disk']);
  t.match(diagnosis.of('disk').found, /less than the 10000000 MB .*: nothing is recorded/);
});

t.test('no speech engine is installed: the packages are named', async (t) => {
  const path = process.env.PATH ?? '';
  t.teardown(() => {
    process.env.PATH = path;
  });
  process.env.PATH = emptyFolder(t);
  const diagnosis = await diagnose(t, { ...healthy, RINGPOST_TTS_ENGINES: 'flite, espeak-ng' });
  t.same(diagnosis.faulty, ['speech']);
  t.match(diagnosis.of('speech'), { found: /flite and espeak-ng not installed/, advice: /apt-get install flite/ });
});

t.test('nothing runs and nothing is made yet: no fault, and every part says so', async (t) => {
  const port = await deadPort();
  const diagnosis = await diagnose(t, {
    ...healthy,
    RINGPOST_DATA_FOLDER: join(emptyFolder(t), 'data'),
    DRACHTIO_PORT: String(port),
    FREESWITCH_EVENT_SOCKET_PORT: String(await deadPort()),
    RINGPOST_SIP_PORT: String(await deadPort()),
    RINGPOST_ENGINE: 'embedded',
  });
  t.equal(diagnosis.status, 0);
  t.match(diagnosis.of('drachtio'), { state: 'skipped', found: /started by "ringpost start"/ });
  t.match(diagnosis.of('database'), { state: 'skipped', found: /the first start makes it/ });
  t.equal(diagnosis.of('trunks').state, 'skipped');
});

t.test('settings that contradict each other are the one finding, with every sentence', async (t) => {
  const diagnosis = await diagnose(t, { ...healthy, RINGPOST_MAX_CALLS: 'many', RINGPOST_NO_SUCH: '1' });
  t.equal(diagnosis.status, 1);
  t.equal(diagnosis.findings.length, 1);
  t.match(
    diagnosis.of('settings').found,
    /RINGPOST_MAX_CALLS[\s\S]*RINGPOST_NO_SUCH|RINGPOST_NO_SUCH[\s\S]*RINGPOST_MAX_CALLS/,
  );
});

t.test('on a terminal each check is counted as it ends, and the last line counts the findings', async (t) => {
  mkdirSync(join(sut.folder, 'recordings'), { recursive: true });
  const lines: string[] = [];
  const steps: string[] = [];
  const progress = (text: string): void => void steps.push(text);
  const print = (line: string): void => void lines.push(line);
  const status = await runDoctor({ env: healthy, isJson: false, print, progress, patience: PATIENT });
  t.equal(status, 0);
  t.match(lines.at(-1), /^\d+ ok, \d+ warnings?, 0 faults, \d+ skipped$/);
  t.equal(
    steps.length,
    lines.filter((line) => !line.startsWith(' ')).length - 1,
    'one a check and an empty one at the end',
  );
  t.match(steps[0], /^1 of \d+ checks done/);
});
