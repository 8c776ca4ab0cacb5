/**
 * The worker thread of the prompt library: everything that takes more than a moment of processor time. It reads files
 * that anybody may have brought, so a job that fails answers with a sentence and the thread goes on.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { synthesise } from './built-in-sounds.js';
import { isMp3, readMp3 } from './mp3-sound.js';
import { type SoundJob, type SoundReply, type SoundRequest, SPOKEN_FILE } from './sound-job.js';
import { repeated, speechForTelephone, uploadForTelephone } from './telephone-sound.js';
import { runWasiProgram } from './wasi-program.js';
import { isWav, NotASoundError, readWav, type Sound, writeTelephoneWav } from './wav-sound.js';

/** Half an hour of CD sound is 300 MB; nobody listens to a prompt of ten minutes. */
const MAX_UPLOAD_BYTES = 120_000_000;

/** The file appears whole or not at all, also when the power fails. */
function publish(path: string, bytes: Buffer): void {
  // Another process may be making the same file: each writes a part of its own, and either result is right.
  const part = `${path}.${process.pid}.part`;
  const file = openSync(part, 'w', 0o640);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function readUpload(path: string): Promise<Sound> {
  if (statSync(path).size > MAX_UPLOAD_BYTES) throw new NotASoundError('it is larger than 120 MB');
  const bytes = readFileSync(path);
  if (isWav(bytes)) return readWav(bytes);
  if (isMp3(bytes)) return await readMp3(bytes);
  throw new NotASoundError('it is neither WAV nor MP3');
}

/** flite's own command line, built for WASI. */
async function speakWithWasm({ wasmPath, folder, voice, text }: SoundJob & { kind: 'speak-wasm' }): Promise<void> {
  writeFileSync(join(folder, 'text.txt'), text);
  await runWasiProgram(
    wasmPath,
    ['flite', '-voice', voice, '-f', '/job/text.txt', '-o', `/job/${SPOKEN_FILE}`],
    folder,
  );
}

async function run(job: SoundJob): Promise<void> {
  switch (job.kind) {
    case 'speak-wasm':
      return speakWithWasm(job);
    case 'finish-speech':
      return publish(job.to, writeTelephoneWav(speechForTelephone(readWav(readFileSync(job.from)))));
    case 'convert-upload':
      return publish(job.to, writeTelephoneWav(uploadForTelephone(await readUpload(job.from))));
    case 'repeat':
      return publish(job.to, writeTelephoneWav(repeated(readWav(readFileSync(job.from)), job.plays)));
    case 'built-in':
      return publish(job.to, writeTelephoneWav(synthesise(job.sound)));
  }
}

async function answer({ id, job }: SoundRequest): Promise<SoundReply> {
  try {
    await run(job);
    return { id, sentence: null };
  } catch (error) {
    return { id, sentence: error instanceof Error ? error.message : String(error) };
  }
}

const port = parentPort;
if (port !== null) {
  // One job after the other: decoders and the synthesiser would only take the processor from each other.
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (request: SoundRequest) => {
    last = last.then(async () => port.postMessage(await answer(request)));
  });
}
