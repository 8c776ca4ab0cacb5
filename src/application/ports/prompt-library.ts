/** Prompts as files that FreeSWITCH can play. Speech is rendered when a campaign is saved, never while a caller waits for it. */
import type { Prompt } from '../../domain/prompts/prompt.js';

export interface PromptFile {
  readonly path: string;
  readonly durationMs: number;
}

export interface PromptLibrary {
  /** Renders or converts whatever is not in the cache yet; one result per prompt, a fault is a sentence. */
  prepare(
    prompts: readonly Prompt[],
    onProgress?: (done: number, total: number) => void,
  ): Promise<readonly PromptFault[]>;
  /** The file of a prepared prompt, or null when there is none: the call goes on without it and an alarm says which. */
  find(prompt: Prompt): PromptFile | null;
  /** A text for one call, `plays` times (once when absent), spoken unless it was before; null when no engine can, or all are busy. Never rejects. */
  speak(text: string, voice: string, plays?: number): Promise<PromptFile | null>;
}

export type KeptSound =
  | { readonly kind: 'kept'; readonly path: string }
  /** `sentence` says what is wrong with the sound and names no path. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** Sounds that come through the API. Their names are hashes of their content and never a client's text. */
export interface SoundUploads {
  /** Keeps a WAV or MP3 file that can be played; the same bytes twice are one file. */
  keep(bytes: Uint8Array): Promise<KeptSound>;
}

export interface PromptFault {
  readonly promptId: string;
  readonly sentence: string;
}
