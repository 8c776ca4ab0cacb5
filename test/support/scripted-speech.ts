/** A recogniser that answers what a test tells it, and files that exist by name alone: what is left of them is what a caller said and nobody removed. */
import type { Recognised, SpeechInput, SpeechRequest } from '../../src/application/ports/speech-input.js';
import { Deferred } from './deferred.js';

export class ScriptedSpeech implements SpeechInput {
  /** Utterances that lie somewhere now. */
  readonly kept = new Set<string>();
  readonly asked: SpeechRequest[] = [];
  isReady = true;
  folderError: string | null = null;
  #answer = new Deferred<Recognised>();
  #count = 0;

  /** Of whoever is asked now, or next. */
  answer(recognised: Recognised): void {
    this.#answer.resolve(recognised);
  }

  hears(transcript: string, confidence: number | null = 0.93): void {
    this.answer({ kind: 'heard', transcript, confidence });
  }

  readonly utterances = {
    newPath: async (): Promise<string> => {
      if (this.folderError !== null) throw new Error(this.folderError);
      this.#count += 1;
      this.kept.add(`/utterances/${this.#count}.wav`);
      return `/utterances/${this.#count}.wav`;
    },
    read: async (path: string): Promise<Uint8Array> => new TextEncoder().encode(path),
    remove: async (path: string): Promise<void> => void this.kept.delete(path),
  };

  get recogniser(): SpeechInput['recogniser'] {
    const recognise = async (request: SpeechRequest): Promise<Recognised> => {
      this.asked.push(request);
      const stopped = new Deferred<Recognised>();
      request.signal.addEventListener('abort', () => stopped.resolve({ kind: 'failed', detail: 'stopped' }));
      const answer = this.#answer;
      const recognised = await Promise.race([answer.promise, stopped.promise]);
      this.#answer = new Deferred();
      return recognised;
    };
    return { isReady: this.isReady, timeoutMs: 4_000, recognise };
  }
}
