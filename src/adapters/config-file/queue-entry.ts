/** Queues as a configuration file has them: a node of a flow, a step of a fallback chain, the team of a campaign's agents. */
import Type, { type Static } from 'typebox';
import type { ChainedQueue, QueueTerms } from '../../domain/routing/queue.js';
import { milliseconds, oneOf, orNull, PROMPT_ID, wholeNumber } from './field.js';

const WAIT_MS = 300_000;
const ANNOUNCE_MS = 30_000;

/** All but what is said, which flows may write into the node itself. */
export const QUEUE_FIELDS = {
  maxWaitMs: Type.Optional(milliseconds(1_000, 3_600_000)),
  maxCallers: orNull(wholeNumber(1, 10_000)),
  announceEveryMs: Type.Optional(milliseconds(5_000, 600_000)),
  leaveKey: orNull(Type.String({ pattern: '^[0-9*#]$', description: 'one of the keys 0 to 9, * and #' })),
};

const QUEUE_FIELDS_ONLY = Type.Object(QUEUE_FIELDS);

export const CHAINED_FIELDS = {
  ...QUEUE_FIELDS,
  promptId: orNull(PROMPT_ID),
  leaveTo: Type.Optional(oneOf('next', 'voicemail')),
};

const CHAINED = Type.Object(CHAINED_FIELDS, { description: 'a queue with maxWaitMs, promptId, leaveKey and others' });

export const CHAINED_QUEUE = orNull(CHAINED);

type ChainedEntry = Static<typeof CHAINED>;

export function queueTermsOf(entry: Static<typeof QUEUE_FIELDS_ONLY>): Omit<QueueTerms, 'prompt'> {
  const { maxWaitMs = WAIT_MS, maxCallers = null, announceEveryMs = ANNOUNCE_MS, leaveKey = null } = entry;
  return { maxWaitMs, maxCallers, announceEveryMs, leaveKey };
}

export function chainedQueueOf(entry: ChainedEntry): ChainedQueue {
  const { promptId = null, leaveTo = 'next' } = entry;
  const prompt = promptId === null ? null : ({ kind: 'prompt', promptId } as const);
  return { ...queueTermsOf(entry), prompt, leaveTo };
}

/** With whatever else the row has. */
export function chainedQueueEntry({ prompt, ...queue }: ChainedQueue): ChainedEntry {
  return { ...queue, promptId: prompt?.kind === 'prompt' ? prompt.promptId : null };
}
