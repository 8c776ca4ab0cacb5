/**
 * Where callers wait until somebody is free for them: a node of a flow, a step of a fallback chain, or the team of agents of a
 * campaign. How long, how many, what they are told, and how they leave. `application/flows/wait-in-line.ts` keeps them.
 */
import type { Said } from '../prompts/said.js';

/** A tag that only the prompt of a queue may name. */
export const QUEUE_POSITION = 'queue.position';

export interface QueueTerms {
  readonly maxWaitMs: number;
  /** Who may wait at once; null for any number. */
  readonly maxCallers: number | null;
  /** Said when he comes and again every so often; may name his place. */
  readonly prompt: Said | null;
  readonly announceEveryMs: number;
  /** The key with which he leaves; null for none. */
  readonly leaveKey: string | null;
}

/** A queue in a chain: whoever leaves it, by his key or since his time is over, goes on with what follows. */
export interface ChainedQueue extends QueueTerms {
  /** Where the key leads: to the next step, or past the others to the first voicemail. */
  readonly leaveTo: 'next' | 'voicemail';
}
