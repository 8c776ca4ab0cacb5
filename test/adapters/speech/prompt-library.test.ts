/** Prompts from texts, uploads and built-in sounds: made once, found without waiting, refused with a sentence. */
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BUILT_IN_PROMPTS } from '../../../src/adapters/speech/built-in-sounds.js';
import { createPromptLibrary, type OpenPromptLibrary } from '../../../src/adapters/speech/prompt-library.js';
import type { SpeechEngineName } from '../../../src/adapters/speech/speech-engine.js';
import type { Prompt } from '../../../src/domain/prompts/prompt.js';
import { readBack, toneDbfs, toneWav } from './sound-fixtures.js';
import { TONE_MP3 } from './tone-mp3.js';

const text = (id: string, words: string, voice = 'slt'): Prompt => ({ id, kind: 'text', text: words, voice });
const file = (id: string, path: string): Prompt => ({ id, kind: 'file', path });

type Holder = { teardown(release: () => unknown): void; testdir(): string };

async function libraryOf(
  t: Holder,
  engines: readonly SpeechEngineName[] = ['flite-wasm'],
): Promise<{ library: OpenPromptLibrary; folder: string }> {
  const folder = join(t.testdir(), 'prompts');
  const library = await createPromptLibrary({ folder, engines });
  t.teardown(() => library.close());
  return { library, folder };
}

t.test('a text is spoken by the WebAssembly engine into 8 kHz mono, and found without waiting', async (t) => {
  const { library, folder } = await libraryOf(t);
  const greeting = text('greeting', 'Thank you for calling. Please hold while we connect you.');
  t.equal(library.find(greeting), null, 'nothing is spoken while a caller waits');
  const progress: string[] = [];
  t.same(await library.prepare([greeting], (done, total) => progress.push(`${done}/${total}`)), []);
  t.same(progress, ['1/1']);
  const found = library.find({ ...greeting, id: 'another id of the same words' });
  t.ok(found !== null && found.durationMs > 2000 && found.durationMs < 8000, `${found?.durationMs} ms`);
  const { format, samples, peakDbfs } = readBack(found?.path ?? '');
  t.equal(format, '8000 Hz, 1 channel, 16 bits');
  t.equal(Math.round((samples.length / 8000) * 1000), found?.durationMs);
  t.ok(Math.abs(peakDbfs + 3) < 0.1, `${peakDbfs} dBFS`);
  t.same(readdirSync(folder), [found?.path.split('/').at(-1)], 'nothing but the finished file is left');
});

t.test('a prompt that is played three times is one file with the sound three times and pauses between', async (t) => {
  const { library, folder } = await libraryOf(t);
  const path = join(folder, 'tone.wav');
  writeFileSync(path, toneWav({ hertz: 500, seconds: 1, sampleRate: 8_000, channels: 1, level: 0.5 }));
  const once = file('once', path);
  const thrice: Prompt = { ...file('thrice', path), plays: 3 };
  const spoken: Prompt = { ...text('spoken', 'We are closed.'), plays: 2 };
  t.same(await library.prepare([once, thrice, spoken]), []);
  const onceMs = library.find(once)?.durationMs ?? 0;
  t.equal(library.find(thrice)?.durationMs, 3 * onceMs + 1_000, 'half a second between one and the next');
  const { samples } = readBack(library.find(thrice)?.path ?? '');
  const second = Math.round(((onceMs + 500) / 1_000) * 8_000);
  t.same(samples.slice(second, second + 4_000), samples.slice(0, 4_000));
  t.ok(
    samples.slice(second - 3_000, second - 1_000).every((sample) => sample === 0),
    'silence in the pause',
  );
  const single = await library.speak('We are closed.', 'slt');
  t.equal((await library.speak('We are closed.', 'slt', 2))?.durationMs, 2 * (single?.durationMs ?? 0) + 500);
  t.equal(library.find(text('spoken', 'We are closed.')), null, 'once is another sound, that nobody has prepared');
});

t.test('the voices differ, and each has a file of its own', async (t) => {
  const { library, folder } = await libraryOf(t);
  t.same(await library.prepare(['slt', 'rms', 'kal', ''].map((voice) => text(`p-${voice}`, 'Hello', voice))), []);
  t.equal(readdirSync(folder).length, 3, 'no voice is the default voice');
});

t.test('the same text prepared ten times at once is spoken once, and a second library finds it spoken', async (t) => {
  const { library, folder } = await libraryOf(t);
  const prompt = text('p', 'One two three');
  await Promise.all(Array.from({ length: 10 }, () => library.prepare([prompt])));
  const [name = ''] = readdirSync(folder);
  const { ino } = statSync(join(folder, name));
  const second = await createPromptLibrary({ folder, engines: ['flite-wasm'] });
  t.teardown(() => second.close());
  await second.prepare([prompt]);
  t.equal(statSync(second.find(prompt)?.path ?? '').ino, ino, 'the very same file');
});

t.test('hostile text is spoken or refused, and is never an option, a path or a command', async (t) => {
  const { library, folder } = await libraryOf(t);
  const hostile = [
    '--help',
    '-o /evil',
    '$(touch evil)',
    '`id` | cat',
    '../../etc/passwd',
    'one\0two\r\nthree',
    '<speak>hi</speak>',
    'caf\u00e9 \u{1f600} \u202e',
  ];
  t.same(await library.prepare(hostile.map((words, place) => text(`h${place}`, words))), []);
  for (const [place, words] of hostile.entries()) t.ok(library.find(text(`h${place}`, words)), words);
  t.equal(readdirSync(folder).filter((name) => !/^[0-9a-f]{64}\.wav$/.test(name)).length, 0);
  const faults = await library.prepare([text('empty', ' \n '), text('marks', '?!'), text('long', 'a'.repeat(6000))]);
  t.same(
    faults.map(({ promptId }) => promptId),
    ['empty', 'marks', 'long'],
  );
});

t.test('a voice that no engine has is a fault with a sentence, and the other prompts are made', async (t) => {
  const { library } = await libraryOf(t);
  const [fault, ...others] = await library.prepare([text('p', 'Hello', 'nobody; rm -rf /'), text('q', 'Hello')]);
  t.match(fault, { promptId: 'p', sentence: /has the voice "nobody; rm -rf \/"/ });
  t.same(others, []);
  t.ok(library.find(text('q', 'Hello')));
});

t.test('engines that are not installed are passed over', async (t) => {
  const folder = t.testdir();
  const path = process.env.PATH;
  process.env.PATH = folder;
  t.teardown(() => {
    process.env.PATH = path;
  });
  const { library } = await libraryOf(t, ['flite', 'espeak-ng', 'flite-wasm']);
  t.same(await library.prepare([text('p', 'Hello')]), []);
  t.match(await library.prepare([text('q', 'Hallo', 'de')]), [{ promptId: 'q', sentence: /no speech engine/ }]);
});

t.test('an engine that fails is reported, and the next one speaks', async (t) => {
  const programs = t.testdir({ flite: t.fixture('file', '#!/bin/sh\nexit 3\n') });
  const { chmodSync } = await import('node:fs');
  chmodSync(join(programs, 'flite'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = programs;
  t.teardown(() => {
    process.env.PATH = path;
  });
  const warnings: object[] = [];
  const log = { warn: (fields: object): void => void warnings.push(fields) };
  const library = await createPromptLibrary({
    folder: join(programs, 'prompts'),
    engines: ['flite', 'flite-wasm'],
    log,
  });
  t.teardown(() => library.close());
  t.same(await library.prepare([text('p', 'Hello')]), []);
  t.match(warnings, [{ engine: 'flite', sentence: /status 3/ }]);
});

t.test('uploads: WAV of any rate and MP3 become 8 kHz mono; a changed file is converted anew', async (t) => {
  const { library, folder } = await libraryOf(t);
  const uploads = join(folder, '..', 'uploads');
  mkdirSync(uploads);
  const wav = join(uploads, 'prompt.wav');
  writeFileSync(wav, toneWav({ hertz: 1000, seconds: 2, sampleRate: 44_100, channels: 2, level: 0.5 }));
  const mp3 = join(uploads, 'prompt.mp3');
  writeFileSync(mp3, TONE_MP3);
  t.same(await library.prepare([file('w', wav), file('m', mp3)]), []);
  for (const [path, ms] of [
    [wav, 2000],
    [mp3, 500],
  ] as const) {
    const found = library.find(file('x', path));
    t.ok(Math.abs((found?.durationMs ?? 0) - ms) < 100, `${path}: ${found?.durationMs} ms`);
    const { format, samples } = readBack(found?.path ?? '');
    t.equal(format, '8000 Hz, 1 channel, 16 bits');
    t.ok(Math.abs(toneDbfs(samples.subarray(800, 3200), 1000) + 6) < 1, 'the level is the one of the upload');
  }
  const before = library.find(file('w', wav))?.path;
  writeFileSync(wav, toneWav({ hertz: 500, seconds: 1, sampleRate: 8000, channels: 1, level: 0.5 }));
  await library.prepare([file('w', wav)]);
  t.not(library.find(file('w', wav))?.path, before);
});

t.test('what is no sound, or not there, is refused with a sentence that names the file', async (t) => {
  const { library, folder } = await libraryOf(t);
  const bad = join(folder, '..', 'bad.wav');
  writeFileSync(bad, '#!/bin/sh\nnot a sound at all');
  const short = join(folder, '..', 'short.wav');
  writeFileSync(short, toneWav({ hertz: 1000, seconds: 0, sampleRate: 8000, channels: 1, level: 0.5 }));
  const faults = await library.prepare([file('b', bad), file('s', short), file('n', '/nowhere/at/all.wav')]);
  t.match(faults, [
    { promptId: 'b', sentence: /bad\.wav cannot be played: it is neither WAV nor MP3/ },
    { promptId: 's', sentence: /shorter than 50 ms/ },
    { promptId: 'n', sentence: /cannot be read/ },
  ]);
  t.equal(library.find(file('b', bad)), null);
});

t.test('a cached file that was deleted by hand is missing at once, and made again at the next prepare', async (t) => {
  const { library } = await libraryOf(t);
  await library.prepare(BUILT_IN_PROMPTS);
  const [music, beep] = BUILT_IN_PROMPTS;
  t.ok(music !== undefined && (library.find(music)?.durationMs ?? 0) >= 20_000);
  t.equal(beep === undefined ? 0 : library.find(beep)?.durationMs, 300);
  if (music === undefined) return;
  rmSync(library.find(music)?.path ?? '');
  t.equal(library.find(music), null);
  await library.prepare([music]);
  t.ok(library.find(music));
});

t.test('what a dead process left half-done is removed, what another may be working on is not', async (t) => {
  const { folder } = await libraryOf(t);
  for (const name of ['.work-old', '.work-young']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'abc.wav.1.part'), 'half');
  const before = new Date(Date.now() - 2 * 3_600_000);
  for (const name of ['.work-old', 'abc.wav.1.part']) utimesSync(join(folder, name), before, before);
  const second = await createPromptLibrary({ folder });
  t.teardown(() => second.close());
  t.same(readdirSync(folder), ['.work-young']);
});

t.test('the event loop goes on while prompts are made, and close leaves nothing behind', async (t) => {
  const { library } = await libraryOf(t);
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  await library.prepare([text('p', 'The quick brown fox jumps over the lazy dog. '.repeat(8)), ...BUILT_IN_PROMPTS]);
  clearInterval(turning);
  t.ok(turns > 10, `${turns} turns of the loop`);
  const preparing = library.prepare([text('q', 'This one is cut off by the close.')]);
  await library.close();
  t.match(await preparing, [{ promptId: 'q', sentence: /stopping/ }]);
});

t.test(
  'a text for one call is spoken once, kept apart, and a text with tokens has its plain words beforehand',
  async (t) => {
    const { library, folder } = await libraryOf(t);
    const whisper = text('whisper', 'A call from {{state|somewhere}}.');
    t.same(await library.prepare([whisper, text('plain', 'A call from somewhere.')]), []);
    t.equal(library.find(whisper)?.path, library.find(text('p', 'A call from somewhere.'))?.path, 'the same words');
    const [first, second] = await Promise.all([
      library.speak('From Texas.', 'slt'),
      library.speak('From Texas.', 'slt'),
    ]);
    t.ok((first?.durationMs ?? 0) > 300);
    t.equal(first?.path, second?.path);
    t.same(
      readdirSync(join(folder, 'calls')).map((name) => join(folder, 'calls', name)),
      [first?.path],
    );
    t.equal(await library.speak('...', 'slt'), null, 'nothing to speak');
    t.equal(await library.speak('Hello', 'nobody'), null, 'no such voice');
  },
);
