/** A recording in parts, because its media server died: joined at their times, idempotently, and never at the price of what is there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { joinParts, partsOf, wholeLengthMs } from '../../../src/adapters/recordings/join-parts.js';
import { readWav } from '../../support/rtp-phone.js';
import { wavOf } from './recording-fixtures.js';

const STARTED_AT = 1_763_712_000_000;
const FRAMES_PER_MS = 8;
const STEREO = [440, 1_000];
/** The header that a media server writes first, and corrects only at the end. */
const HEADER_ONLY = wavOf({ seconds: 0, hertz: STEREO });

interface Holder {
  testdir(): string;
}

function pathIn(t: Holder): string {
  return join(t.testdir(), 'c1-r1.wav');
}

function writePart(wavPath: string, afterMs: number, bytes: Buffer): void {
  writeFileSync(wavPath.replace(/\.wav$/, `.since-${STARTED_AT + afterMs}.wav`), bytes);
}

const tones = (seconds: number, hertz: readonly number[] = STEREO): Buffer => wavOf({ seconds, hertz });

/** Killed before it could correct its header, which counts no samples. */
function cutOff(wav: Buffer): Buffer {
  const cut = Buffer.from(wav);
  cut.writeUInt32LE(0, 40);
  return cut;
}

/** Whether the left channel has sound in each stretch of 100 ms. */
function soundBy100Ms(path: string): string {
  const { samples, channels } = readWav(path);
  const left = samples.filter((_sample, i) => i % channels === 0);
  const block = 100 * FRAMES_PER_MS;
  return Array.from({ length: Math.ceil(left.length / block) }, (_, at) =>
    left.subarray(at * block, (at + 1) * block).some((sample) => Math.abs(sample) > 100) ? 'x' : '.',
  ).join('');
}

function namesBeside(path: string): string[] {
  return readdirSync(join(path, '..')).sort();
}

t.test(
  'two parts: the second stands at its own time, what lies between is silence, and only the whole is left',
  async (t) => {
    const path = pathIn(t);
    writeFileSync(path, cutOff(tones(0.5)));
    writePart(path, 800, tones(0.3));
    t.equal(await wholeLengthMs(path, STARTED_AT), 1_100);
    joinParts(path, STARTED_AT);
    t.equal(soundBy100Ms(path), 'xxxxx...xxx');
    t.same(namesBeside(path), ['c1-r1.wav']);
    t.equal(await wholeLengthMs(path, STARTED_AT), 1_100);
  },
);

t.test('three parts are joined in the order of their times, whatever the folder lists first', async (t) => {
  const path = pathIn(t);
  writeFileSync(path, tones(0.2));
  writePart(path, 10_000, tones(0.1));
  writePart(path, 400, tones(0.2));
  t.same(
    partsOf(path).map(({ sinceMs }) => sinceMs - STARTED_AT),
    [400, 10_000],
  );
  joinParts(path, STARTED_AT);
  t.equal(soundBy100Ms(path), `xx..xx${'.'.repeat(94)}x`);
});

for (const [what, first] of [
  ['is missing', null],
  ['is empty', Buffer.alloc(0)],
  ['has nothing but a header', HEADER_ONLY],
] as const) {
  t.test(`the first file ${what}: there is silence until the second begins`, async (t) => {
    const path = pathIn(t);
    if (first !== null) writeFileSync(path, first);
    writePart(path, 300, tones(0.2));
    joinParts(path, STARTED_AT);
    t.equal(soundBy100Ms(path), '...xx');
    t.same(namesBeside(path), ['c1-r1.wav']);
  });
}

t.test(
  'the second server died too before it wrote anything: the part without sound costs the others nothing',
  async (t) => {
    const path = pathIn(t);
    writeFileSync(path, tones(0.2));
    writePart(path, 300, HEADER_ONLY);
    writePart(path, 350, Buffer.alloc(0));
    writePart(path, 500, tones(0.1));
    joinParts(path, STARTED_AT);
    t.equal(soundBy100Ms(path), 'xx...x');
    t.same(namesBeside(path), ['c1-r1.wav']);
  },
);

t.test('nothing was recorded at all: the file is what it was, and no part stays', async (t) => {
  const path = pathIn(t);
  writeFileSync(path, HEADER_ONLY);
  writePart(path, 300, HEADER_ONLY);
  joinParts(path, STARTED_AT);
  t.same(readFileSync(path), HEADER_ONLY);
  t.same(namesBeside(path), ['c1-r1.wav']);
});

t.test(
  'the wall clock was set meanwhile: back, nothing is written over; ahead, there is a minute of silence at the most',
  async (t) => {
    const path = pathIn(t);
    writeFileSync(path, tones(0.4));
    writePart(path, -3_600_000, tones(0.2));
    joinParts(path, STARTED_AT);
    t.equal(soundBy100Ms(path), 'xxxxxx');
    writePart(path, 3_600_000, tones(0.1));
    joinParts(path, STARTED_AT);
    t.equal(soundBy100Ms(path), `xxxxxx${'.'.repeat(600)}x`);
  },
);

t.test('parts of different forms are not joined, and both stay as they are', async (t) => {
  const path = pathIn(t);
  writeFileSync(path, tones(0.2));
  writePart(path, 300, tones(0.2, [440]));
  const before = namesBeside(path).map((name) => readFileSync(join(path, '..', name)));
  t.throws(() => joinParts(path, STARTED_AT), /different forms/);
  t.same(namesBeside(path).length, 2);
  t.same(
    namesBeside(path).map((name) => readFileSync(join(path, '..', name))),
    before,
  );
});

t.test('who dies while he joins leaves the parts, or the whole: each is finished once by the next', async (t) => {
  const whole = 'xx..xx';
  const path = pathIn(t);
  const begin = (): void => {
    writeFileSync(path, tones(0.2));
    writePart(path, 400, tones(0.2));
  };
  begin();
  writeFileSync(`${path}.joining`, tones(0.1));
  joinParts(path, STARTED_AT);
  t.equal(soundBy100Ms(path), whole, 'before the whole was complete');
  const joined = readFileSync(path);
  begin();
  writeFileSync(`${path}.joined`, joined);
  joinParts(path, STARTED_AT);
  t.equal(soundBy100Ms(path), whole, 'with the whole complete and all parts there');
  renameSync(path, `${path}.joined`);
  joinParts(path, STARTED_AT);
  t.equal(soundBy100Ms(path), whole, 'with the whole complete and no part left');
  t.same(namesBeside(path), ['c1-r1.wav']);
});

t.test('names that only look like parts are left alone; without parts nothing is touched', async (t) => {
  const path = pathIn(t);
  const strangers = ['c1-r1.since-.wav', 'c1-r1.since-12x.wav', 'c1-r12.since-5.wav', 'c1-r1.since-5.mp3'];
  for (const name of strangers) writeFileSync(join(path, '..', name), 'x');
  joinParts(path, STARTED_AT);
  t.notOk(existsSync(path));
  writeFileSync(path, HEADER_ONLY);
  joinParts(path, STARTED_AT);
  t.same(readFileSync(path), HEADER_ONLY);
  t.same(namesBeside(path), [...strangers, 'c1-r1.wav'].sort());
  t.same(partsOf(join(path, 'no-such-folder', 'x.wav')), []);
  mkdirSync(join(path, '..', 'empty'));
  await t.rejects(wholeLengthMs(join(path, '..', 'empty', 'x.wav'), STARTED_AT), { code: 'ENOENT' });
});
