/**
 * Prompts as files in a cache folder: texts spoken, uploads converted, built-in sounds calculated, each once. `prepare`
 * is called when a configuration is loaded; `find` while a call waits, and so it only looks into memory and asks the file
 * system whether the file is still there. A file's name is the hash of everything that its sound depends on.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import type {
  KeptSound,
  PromptFault,
  PromptFile,
  PromptLibrary,
  SoundUploads,
} from '../../application/ports/prompt-library.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import { plainText } from '../../domain/prompts/spoken-text.js';
import { builtInSound } from './built-in-sounds.js';
import { SPOKEN_FILE } from './sound-job.js';
import { SoundShelf } from './sound-shelf.js';
import { SoundThread } from './sound-thread.js';
import { DEFAULT_VOICE, type SpeechEngine, type SpeechEngineName, speechEngines } from './speech-engine.js';
import { isWav, telephoneWavMs } from './wav-sound.js';

export interface PromptLibraryOptions {
  /** Created when it is not there; on the media server's disk, under the same path. */
  readonly folder: string;
  /** Tried in this order for a text; those that are not installed are passed over. */
  readonly engines?: readonly SpeechEngineName[];
  readonly log?: PromptLog;
}

export interface PromptLog {
  warn(fields: object, message: string): void;
}

export interface OpenPromptLibrary extends PromptLibrary, SoundUploads {
  close(): Promise<void>;
}

const DEFAULT_ENGINES: readonly SpeechEngineName[] = ['flite', 'flite-wasm', 'espeak-ng'];
/** Changes when the same input gives another sound, so that old files are rendered anew. */
const VERSION = 1;
const MAX_TEXT = 5000;
const WORK_PREFIX = '.work-';
const UPLOADS = 'uploads';
const LEFTOVER_MS = 3_600_000;
const CALLS = 'calls';
const MOST_FOR_CALLS = 2_000;
/** Texts for calls that wait for an engine; one more would come too late anyway. */
const MOST_WAITING = 16;
/** How long the thread is kept for the next call. */
const IDLE_MS = 30_000;

/** A prompt that cannot be made; the message is a sentence. */
class PromptError extends Error {}

const hashOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256')
    .update(JSON.stringify([...parts, VERSION]))
    .digest('hex');

/** What two prompts with the same sound have in common. */
function contentKey(prompt: Prompt): string {
  const { plays = 1 } = prompt;
  return prompt.kind === 'text' ? `text ${plays} ${prompt.voice} ${prompt.text}` : `file ${plays} ${prompt.path}`;
}

/** Line ends and other control characters are pauses at most; engines would read some as commands of their own. */
function speakable(text: string): string {
  const clean = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  if (!/[\p{L}\p{N}]/u.test(clean)) throw new PromptError('there is nothing to speak in its text');
  if (clean.length > MAX_TEXT)
    throw new PromptError(`its text has ${clean.length} characters; ${MAX_TEXT} are spoken at most`);
  return clean;
}

class CachedPrompts implements OpenPromptLibrary {
  readonly #folder: string;
  readonly #log: PromptLog | null;
  readonly #thread = new SoundThread();
  readonly #engines: readonly SpeechEngine[];
  /** Two at a time: an engine's process beside the worker. */
  readonly #queue = new PQueue({ concurrency: 2 });
  readonly #files = new Map<string, PromptFile>();
  readonly #shelf: SoundShelf;
  #nextPart = 0;
  /** Files being made, by their path: whoever asks meanwhile waits for the same one. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(options: PromptLibraryOptions) {
    this.#folder = resolve(options.folder);
    this.#engines = speechEngines(options.engines ?? DEFAULT_ENGINES, this.#thread);
    this.#log = options.log ?? null;
    this.#shelf = new SoundShelf(join(this.#folder, CALLS), MOST_FOR_CALLS);
  }

  async open(): Promise<this> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    await this.#removeLeftovers();
    await this.#shelf.open();
    return this;
  }

  /** What a process left that died in its work. What is younger may be the work of another process on this folder. */
  async #removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.startsWith(WORK_PREFIX) && !name.endsWith('.part')) continue;
      const path = join(this.#folder, name);
      const ageMs = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs;
      if (ageMs > LEFTOVER_MS) await rm(path, { recursive: true, force: true });
    }
  }

  async prepare(
    prompts: readonly Prompt[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<readonly PromptFault[]> {
    const release = this.#thread.hold();
    try {
      let done = 0;
      const faults = await Promise.all(
        prompts.map(async (prompt) => {
          const fault = await this.#prepareOne(prompt);
          done += 1;
          onProgress?.(done, prompts.length);
          return fault;
        }),
      );
      return faults.filter((fault) => fault !== null);
    } finally {
      await release();
    }
  }

  async keep(bytes: Uint8Array): Promise<KeptSound> {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const hash = createHash('sha256').update(content).digest('hex');
    const path = join(this.#folder, UPLOADS, `${hash}.${isWav(content) ? 'wav' : 'mp3'}`);
    const release = this.#thread.hold();
    const part = `${path}.${process.pid}.${this.#nextPart++}.part`;
    try {
      await mkdir(join(this.#folder, UPLOADS), { recursive: true, mode: 0o750 });
      await writeFile(part, content, { mode: 0o640, flush: true });
      const to = this.#path(hashOf('upload', hash));
      if (!existsSync(to)) await this.#makeOnce(to, () => this.#run({ kind: 'convert-upload', from: part, to }));
      await rename(part, path);
      return { kind: 'kept', path };
    } catch (error) {
      if (!(error instanceof PromptError)) throw error;
      return { kind: 'refused', sentence: error.message };
    } finally {
      await rm(part, { force: true });
      await release();
    }
  }

  find(prompt: Prompt): PromptFile | null {
    const file = this.#files.get(contentKey(prompt));
    return file !== undefined && existsSync(file.path) ? file : null;
  }

  async speak(text: string, voice: string, plays = 1): Promise<PromptFile | null> {
    if (this.#thread.isClosed || this.#queue.size > MOST_WAITING) return null;
    const release = this.#thread.hold();
    try {
      await this.#shelf.make();
      const pathOf = (name: string): string => this.#shelf.pathOf(name);
      const path = await this.#repeated(await this.#spoken(text, voice, pathOf), plays, pathOf);
      if (!this.#shelf.has(path)) await this.#shelf.add(path);
      const { size } = await stat(path);
      return { path, durationMs: telephoneWavMs(size) };
    } catch (error) {
      this.#log?.warn({ detail: error instanceof Error ? error.message : String(error) }, 'a whisper was not spoken');
      return null;
    } finally {
      setTimeout(() => void release(), IDLE_MS).unref();
    }
  }

  async close(): Promise<void> {
    await this.#thread.close();
    await this.#queue.onIdle();
  }

  async #prepareOne(prompt: Prompt): Promise<PromptFault | null> {
    try {
      const pathOf = (name: string): string => this.#path(name);
      const once =
        prompt.kind === 'text'
          ? await this.#spoken(plainText(prompt.text), prompt.voice, pathOf)
          : await this.#brought(prompt.path);
      const path = await this.#repeated(once, prompt.plays ?? 1, pathOf);
      const { size } = await stat(path);
      this.#files.set(contentKey(prompt), { path, durationMs: telephoneWavMs(size) });
      return null;
    } catch (error) {
      this.#files.delete(contentKey(prompt));
      const sentence = error instanceof Error ? error.message : String(error);
      return { promptId: prompt.id, sentence: `prompt ${prompt.id} has no sound: ${sentence}` };
    }
  }

  async #spoken(rawText: string, rawVoice: string, pathOf: (name: string) => string): Promise<string> {
    const text = speakable(rawText);
    const voice = rawVoice === '' ? DEFAULT_VOICE : rawVoice;
    const failures: string[] = [];
    for (const engine of this.#engines) {
      if (!engine.hasVoice(voice)) continue;
      const path = pathOf(hashOf(engine.name, voice, text));
      if (!existsSync(path)) {
        if (!(await engine.isInstalled())) continue;
        const sentence = await this.#makeOnce(path, () => this.#speak(engine, text, voice, path)).then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        if (sentence !== null) {
          failures.push(`${engine.name}: ${sentence}`);
          this.#log?.warn({ engine: engine.name, sentence }, 'a speech engine failed; the next one is tried');
          continue;
        }
      }
      return path;
    }
    if (failures.length > 0) throw new PromptError(failures.join('; '));
    throw new PromptError(
      `no speech engine of this machine has the voice "${voice}" (${this.#engines.map(({ name }) => name).join(', ')})`,
    );
  }

  async #speak(engine: SpeechEngine, text: string, voice: string, to: string): Promise<void> {
    if (this.#thread.isClosed) throw new PromptError('the system is stopping');
    const folder = await mkdtemp(join(this.#folder, WORK_PREFIX));
    try {
      const failure = await engine.speak(text, voice, folder);
      if (failure !== null) throw new PromptError(failure);
      await this.#run({ kind: 'finish-speech', from: join(folder, SPOKEN_FILE), to });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #brought(path: string): Promise<string> {
    const sound = builtInSound(path);
    if (sound !== null) {
      const to = this.#path(hashOf('builtin', sound));
      if (!existsSync(to)) await this.#makeOnce(to, () => this.#run({ kind: 'built-in', sound, to }));
      return to;
    }
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash).catch((error: unknown) => {
      throw new PromptError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    const to = this.#path(hashOf('upload', hash.digest('hex')));
    if (existsSync(to)) return to;
    await this.#makeOnce(to, () => this.#run({ kind: 'convert-upload', from: path, to })).catch((error: unknown) => {
      throw new PromptError(`${path} cannot be played: ${error instanceof Error ? error.message : String(error)}`);
    });
    return to;
  }

  /** A file of its own, so that greeting, message and prompt are played in the one way there is. */
  async #repeated(from: string, plays: number, pathOf: (name: string) => string): Promise<string> {
    if (plays === 1) return from;
    const to = pathOf(hashOf('plays', plays, basename(from)));
    if (!existsSync(to)) await this.#makeOnce(to, () => this.#run({ kind: 'repeat', from, to, plays }));
    return to;
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.wav`);
  }

  #makeOnce(path: string, make: () => Promise<void>): Promise<void> {
    const known = this.#making.get(path);
    if (known !== undefined) return known;
    const made = this.#queue.add(make).finally(() => this.#making.delete(path));
    this.#making.set(path, made);
    return made;
  }

  async #run(job: Parameters<SoundThread['run']>[0]): Promise<void> {
    const sentence = await this.#thread.run(job);
    if (sentence !== null) throw new PromptError(sentence);
  }
}

/** Rejects when the folder cannot be made or written. */
export function createPromptLibrary(options: PromptLibraryOptions): Promise<OpenPromptLibrary> {
  return new CachedPrompts(options).open();
}
