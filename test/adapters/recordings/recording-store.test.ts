/** Recordings after their call: measured, converted, verified; repaired or lost with a reason; never a surprise to the call. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { Mp3Encoder } from '../../../src/adapters/recordings/mp3-encode.js';
import { isLameInstalled } from '../../../src/adapters/recordings/mp3-encode.js';
import {
  createRecordingStore,
  type OpenRecordingStore,
  type RecordingStoreOptions,
} from '../../../src/adapters/recordings/recording-store.js';
import type { Recording } from '../../../src/domain/calls/recording.js';
import { decodeMp3, recordingAt, toneDbfs, wavOf } from './recording-fixtures.js';

interface Holder {
  teardown(release: () => unknown): void;
  testdir(): string;
}

interface Opened {
  readonly store: OpenRecordingStore;
  readonly folder: string;
  readonly warnings: string[];
}

async function storeOf(t: Holder, options: Partial<RecordingStoreOptions> = {}): Promise<Opened> {
  const folder = join(t.testdir(), 'recordings');
  const warnings: string[] = [];
  const log = {
    warn: (fields: object, message: string): void => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const store = await createRecordingStore({ folder, log, encoder: 'wasm', ...options });
  t.teardown(() => store.close());
  return { store, folder, warnings };
}

const finish = (store: OpenRecordingStore, wavPath: string, reportedMs: number | null = null): Promise<Recording> =>
  store.finish({ recording: recordingAt(wavPath), reportedMs, failure: null });

t.test(
  'a path is made of ids and of the day that the call id tells; its folder is there and closed to others',
  async (t) => {
    const { store, folder } = await storeOf(t, { wallMs: () => Date.UTC(2026, 10, 20) });
    const callId = '019b0000-0000-7000-8000-000000000001';
    const day = new Date(0x019b_0000_0000).toISOString().slice(0, 10).replaceAll('-', '/');
    const path = await store.newPath(callId, 'r1');
    t.equal(path, join(folder, day, `${callId}-r1.wav`));
    t.equal(statSync(dirname(path)).mode & 0o777, 0o750);
    t.equal(await store.newPath('c1', 'r2'), join(folder, '2026/11/20/c1-r2.wav'));
    for (const id of ['../c1', 'a/b', '', 'a'.repeat(65), 'a\0b', 'a.wav']) {
      await t.rejects(store.newPath(id, 'r1'), /may not be a file name/, id);
      await t.rejects(store.newPath('c1', id), /may not be a file name/, id);
    }
  },
);

t.test('a folder of the day that somebody takes away is made again', async (t) => {
  const { store } = await storeOf(t, { minFreeBytes: 1 });
  const folder = dirname(await store.newPath('c1', 'r1'));
  rmSync(folder, { recursive: true });
  t.equal(dirname(await store.newPath('c1', 'r2')), folder);
  t.ok(existsSync(folder), 'found by the look for free room');
  const other = await storeOf(t, {});
  const path = await other.store.newPath('c1', 'r1');
  rmSync(dirname(path), { recursive: true });
  t.match(await finish(other.store, path), { state: 'lost' });
  await other.store.newPath('c1', 'r2');
  t.ok(existsSync(dirname(path)), 'by a recording that came to nothing, where nobody looks for room');
});

const ENCODERS: readonly Mp3Encoder[] = (await isLameInstalled()) ? ['wasm', 'lame'] : ['wasm'];
for (const encoder of ENCODERS) {
  t.test(`${encoder}: caller tone left, buyer tone right, in WAV and MP3, and both are equally long`, async (t) => {
    const { store, warnings } = await storeOf(t, { encoder });
    const path = await store.newPath('c1', 'r1');
    const wav = wavOf({ seconds: 5, hertz: [440, 1000] });
    writeFileSync(path, wav);
    const done = await finish(store, path, 5020);
    t.match(done, { state: 'ready', wavPath: path, durationMs: 5000, channels: 2, lostReason: null });
    t.same(done.levels, [
      { rmsDbfs: -9, peakDbfs: -6 },
      { rmsDbfs: -9, peakDbfs: -6 },
    ]);
    t.equal(done.sha256, createHash('sha256').update(wav).digest('hex'));
    const { seconds, channels } = await decodeMp3(done.mp3Path ?? '');
    t.ok(Math.abs(seconds - 5) < 0.001, `${seconds} s in the MP3`);
    const [left = new Float32Array(1), right = new Float32Array(1)] = channels;
    t.ok(toneDbfs(left, 440) > -8 && toneDbfs(right, 1000) > -8, 'each on its channel');
    t.ok(toneDbfs(left, 1000) < -50 && toneDbfs(right, 440) < -50, 'and not on the other');
    t.same(warnings, []);
    t.same(readdirSync(dirname(path)).sort(), ['c1-r1.mp3', 'c1-r1.peaks.json', 'c1-r1.wav'], 'no part files are left');
  });

  t.test(`${encoder}: a voicemail is mono and stays so`, async (t) => {
    const { store } = await storeOf(t, { encoder });
    const path = await store.newPath('c1', 'r1');
    writeFileSync(path, wavOf({ seconds: 3.21, hertz: [440] }));
    const done = await store.finish({ recording: recordingAt(path, 'voicemail'), reportedMs: null, failure: null });
    t.match(done, { state: 'ready', channels: 1, durationMs: 3210 });
    t.ok(Math.abs((await decodeMp3(done.mp3Path ?? '')).seconds - 3.21) < 0.001);
  });

  t.test(
    `${encoder}: the disk is full while encoding: the WAV stays, there is no MP3, and the log says why`,
    async (t) => {
      const { store, warnings } = await storeOf(t, { encoder });
      const path = await store.newPath('c1', 'r1');
      writeFileSync(path, wavOf({ seconds: 20, hertz: [440, 1000] }));
      symlinkSync('/dev/full', join(dirname(path), 'c1-r1.mp3.part'));
      const done = await finish(store, path);
      t.match(done, { state: 'ready', wavPath: path, mp3Path: null, durationMs: 20_000 });
      t.match(warnings, [/no MP3/]);
      t.ok(existsSync(path));
      t.notOk(existsSync(join(dirname(path), 'c1-r1.mp3')));
    },
  );
}

t.test('without keepWav the WAV goes once its MP3 is verified, and not when there is no MP3', async (t) => {
  const { store } = await storeOf(t, { keepWav: false });
  const [good, bad] = [await store.newPath('c1', 'good'), await store.newPath('c1', 'bad')];
  for (const path of [good, bad]) writeFileSync(path, wavOf({ seconds: 2, hertz: [440, 1000] }));
  symlinkSync('/dev/full', join(dirname(bad), 'c1-bad.mp3.part'));
  t.match(await finish(store, good), { state: 'ready', wavPath: null, mp3Path: /c1-good\.mp3$/ });
  t.notOk(existsSync(good));
  t.match(await finish(store, bad), { state: 'ready', wavPath: bad, mp3Path: null });
  t.ok(existsSync(bad));
});

t.test('one side was silent: its level says so', async (t) => {
  const { store } = await storeOf(t);
  const path = await store.newPath('c1', 'r1');
  writeFileSync(path, wavOf({ seconds: 1, hertz: [440, 0] }));
  t.same((await finish(store, path)).levels, [
    { rmsDbfs: -9, peakDbfs: -6 },
    { rmsDbfs: null, peakDbfs: null },
  ]);
});

t.test(
  'the media server died: a header that counts nothing, too little or too much is repaired from the size of the file',
  async (t) => {
    for (const claimed of [0, 8000, 0x7fff_ffff, 0xffff_ffff]) {
      const { store, warnings } = await storeOf(t);
      const path = await store.newPath('c1', `r${claimed}`);
      const wav = wavOf({ seconds: 4, hertz: [440, 1000] });
      wav.writeUInt32LE(claimed, 40);
      wav.writeUInt32LE(claimed === 0 ? 0 : Math.min(claimed + 36, 0xffff_ffff), 4);
      writeFileSync(path, Buffer.concat([wav, Buffer.from([1, 2, 3])]));
      t.match(
        await finish(store, path),
        { state: 'ready', durationMs: 4000, mp3Path: /mp3$/ },
        `claims ${claimed} bytes`,
      );
      const repaired = readFileSync(path);
      t.equal(repaired.readUInt32LE(40), repaired.length - 44);
      t.equal(repaired.readUInt32LE(4), repaired.length - 8);
      t.equal(repaired.length, wav.length, 'half a frame at the end is cut off');
      t.match(warnings, [/repaired/]);
    }
  },
);

t.test('chunks before and after the samples are no lie', async (t) => {
  const { store, warnings } = await storeOf(t);
  const path = await store.newPath('c1', 'r1');
  const wav = wavOf({ seconds: 1, hertz: [440, 1000] });
  const note = Buffer.from('LIST\x08\x00\x00\x00INFOxxxx', 'latin1');
  const bytes = Buffer.concat([wav.subarray(0, 36), note, wav.subarray(36), note]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  writeFileSync(path, bytes);
  t.match(await finish(store, path), { state: 'ready', durationMs: 1000 });
  t.same(readFileSync(path), bytes, 'the file is as it was');
  t.same(warnings, []);
});

t.test('what holds no recording is lost, with the reason', async (t) => {
  const { store, folder } = await storeOf(t);
  const floating = wavOf({ seconds: 1, hertz: [440, 1000] });
  floating.writeUInt16LE(3, 20);
  const rows: ReadonlyArray<readonly [string, Buffer | null, RegExp]> = [
    ['missing', null, /left no file/],
    ['empty', Buffer.alloc(0), /is empty/],
    ['header', wavOf({ seconds: 0, hertz: [440, 1000] }), /nothing was recorded/],
    ['cut', wavOf({ seconds: 1, hertz: [440, 1000] }).subarray(0, 30), /no samples/],
    ['text', Buffer.from('disk quota exceeded, sorry'), /no WAV file/],
    ['float', floating, /format 3/],
  ];
  for (const [name, bytes, reason] of rows) {
    const path = await store.newPath('c1', name);
    if (bytes !== null) writeFileSync(path, bytes);
    t.match(await finish(store, path), { state: 'lost', wavPath: null, mp3Path: null, lostReason: reason }, name);
  }
  const directory = join(folder, 'directory.wav');
  mkdirSync(directory);
  t.match(await finish(store, directory), { state: 'lost', lostReason: /no file/ });
  const none = await store.finish({ recording: recordingAt(null), reportedMs: null, failure: 'no room on the disk' });
  t.match(none, { state: 'lost', lostReason: 'no room on the disk' });
  const failed = await store.finish({
    recording: recordingAt(join(folder, 'x.wav')),
    reportedMs: null,
    failure: 'disk full',
  });
  t.match(failed, { state: 'lost', lostReason: 'disk full (the media server left no file)' });
});

t.test('the folder of a day is searched for parts only when the recording may have any', async (t) => {
  const { store } = await storeOf(t);
  const path = await store.newPath('c1', 'r1');
  const recording = recordingAt(path);
  const part = path.replace(/\.wav$/, `.since-${recording.startedAt + 2_000}.wav`);
  for (const file of [path, part]) writeFileSync(file, wavOf({ seconds: 2, hertz: [440, 1000] }));
  const finished = { recording, reportedMs: null, failure: null };
  t.match(await store.finish({ ...finished, isWhole: true }), { state: 'ready', durationMs: 2_000 });
  t.ok(existsSync(part), 'nobody has looked for it');
  t.match(await store.finish(finished), { state: 'ready', durationMs: 4_000 });
  t.notOk(existsSync(part), 'it is joined');
});

t.test('a file of another length than the media server said, or a reported fault, is kept and mentioned', async (t) => {
  const { store, warnings } = await storeOf(t);
  const path = await store.newPath('c1', 'r1');
  writeFileSync(path, wavOf({ seconds: 3, hertz: [440, 1000] }));
  const done = await store.finish({ recording: recordingAt(path), reportedMs: 4000, failure: 'the server went away' });
  t.match(done, { state: 'ready', durationMs: 3000 });
  t.match(warnings, [/ended with a fault/, /not as long/]);
});

t.test('the waveform has minimum and maximum of both channels, and is small for a long recording', async (t) => {
  const { store } = await storeOf(t);
  const path = await store.newPath('c1', 'r1');
  writeFileSync(path, wavOf({ seconds: 60, hertz: [440, 0] }));
  await finish(store, path);
  const file = join(dirname(path), 'c1-r1.peaks.json');
  const peaks = JSON.parse(readFileSync(file, 'utf8')) as { length: number; data: number[]; samples_per_pixel: number };
  t.match(peaks, { version: 2, channels: 2, sample_rate: 8000, samples_per_pixel: 120, bits: 8, length: 4000 });
  t.equal(peaks.data.length, 16_000);
  t.ok((peaks.data[4000] ?? 0) < -60 && (peaks.data[4001] ?? 0) > 60, 'the tone');
  t.same(peaks.data.slice(4002, 4004), [0, 0], 'the silence');
});

t.test('ten recordings at once are all finished, the event loop goes on, and idle waits for them', async (t) => {
  const { store } = await storeOf(t);
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  const paths = await Promise.all(Array.from({ length: 10 }, (_unused, place) => store.newPath('c1', `r${place}`)));
  for (const path of paths) writeFileSync(path, wavOf({ seconds: 10, hertz: [440, 1000] }));
  turns = 0;
  const finishing = Promise.all(paths.map((path) => finish(store, path)));
  await store.idle();
  clearInterval(turning);
  t.ok((await finishing).every(({ state, mp3Path }) => state === 'ready' && mp3Path !== null));
  t.ok(turns > 50, `${turns} turns of the loop`);
});

t.test('close finishes what is being worked on and gives back what waits as it was', async (t) => {
  const { store } = await storeOf(t, { concurrency: 1 });
  const paths = await Promise.all(['a', 'b'].map((id) => store.newPath('c1', id)));
  for (const path of paths) writeFileSync(path, wavOf({ seconds: 2, hertz: [440, 1000] }));
  const finishing = Promise.all(paths.map((path) => finish(store, path)));
  await store.close();
  t.same(
    (await finishing).map(({ state }) => state),
    ['ready', 'recording'],
  );
  truncateSync(paths[0] ?? '', 0);
  t.equal((await finish(store, paths[0] ?? '')).state, 'recording', 'nothing is started after the close');
});

t.test('without MP3 the WAV is all there is, and it stays', async (t) => {
  const { store } = await storeOf(t, { isMp3Made: false, keepWav: false });
  const path = await store.newPath('c1', 'r1');
  writeFileSync(path, wavOf({ hertz: [440, 1_000], seconds: 1 }));
  const recording = await finish(store, path);
  t.match(recording, { state: 'ready', wavPath: path, mp3Path: null });
  t.same([existsSync(path), existsSync(path.replace('.wav', '.mp3'))], [true, false]);
});

t.test('a disk that is nearly full begins no recording, and the sentence says how full', async (t) => {
  const { store } = await storeOf(t, { minFreeBytes: Number.MAX_SAFE_INTEGER });
  await t.rejects(store.newPath('c1', 'r1'), /has \d+ MB left and no recording begins under \d+ MB/);
  const roomy = await storeOf(t, { minFreeBytes: 1 });
  t.match(await roomy.store.newPath('c1', 'r1'), /c1-r1\.wav$/);
});
