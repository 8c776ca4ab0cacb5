/** What the prompt library asks of its worker thread, and what comes back. Plain data, for it crosses threads. */
import type { BuiltInSound } from './built-in-sounds.js';

export type SoundJob =
  | {
      readonly kind: 'speak-wasm';
      readonly wasmPath: string;
      readonly folder: string;
      readonly voice: string;
      readonly text: string;
    }
  | { readonly kind: 'finish-speech'; readonly from: string; readonly to: string }
  | { readonly kind: 'convert-upload'; readonly from: string; readonly to: string }
  /** `from` is a file that one of the others has made. */
  | { readonly kind: 'repeat'; readonly from: string; readonly to: string; readonly plays: number }
  | { readonly kind: 'built-in'; readonly sound: BuiltInSound; readonly to: string };

export interface SoundRequest {
  readonly id: number;
  readonly job: SoundJob;
}

/** `sentence` is null when the job is done. */
export interface SoundReply {
  readonly id: number;
  readonly sentence: string | null;
}

/** The file that `speak-wasm` leaves in its folder. */
export const SPOKEN_FILE = 'spoken.wav';
