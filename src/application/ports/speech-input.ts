/** How a caller's words become text: a recogniser, and the files in which they lie for the moment between. None of it ever rejects but where it says so. */

export interface SpeechRequest {
  /** A WAV file: mono, 16 bits, 8,000 samples a second. */
  readonly audio: Uint8Array;
  /** BCP 47. */
  readonly language: string;
  /** Words that are likely, such as those of a menu; a recogniser may pass them over. */
  readonly phrases: readonly string[];
  readonly signal: AbortSignal;
}

export type Recognised =
  /** Text of another's, on one line; empty when no word was heard. `confidence` from 0 to 1, null when it does not say. */
  | { readonly kind: 'heard'; readonly transcript: string; readonly confidence: number | null }
  | { readonly kind: 'failed'; readonly detail: string };

export interface SpeechRecogniser {
  /** False while it is left alone after faults. */
  readonly isReady: boolean;
  /** After which an answer no longer counts, in ms. */
  readonly timeoutMs: number;
  recognise(request: SpeechRequest): Promise<Recognised>;
}

/** Nothing that a caller has said is kept: whoever takes a path removes it. */
export interface UtteranceFiles {
  /** A fresh path, which the media server may write to. Rejects when its folder cannot be made. */
  newPath(): Promise<string>;
  /** Rejects when there is no such file, or it is longer than any answer. */
  read(path: string): Promise<Uint8Array>;
  /** Harmless when there is none. */
  remove(path: string): Promise<void>;
}

export interface SpeechInput {
  readonly recogniser: SpeechRecogniser;
  readonly utterances: UtteranceFiles;
}
