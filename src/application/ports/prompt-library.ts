/** Prompts as files that FreeSWITCH can play. Speech is rendered when a campaign is saved, never while a caller waits. */
import type { Prompt } from '../../domain/prompt.js';

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
}

export interface PromptFault {
  readonly promptId: string;
  readonly sentence: string;
}
