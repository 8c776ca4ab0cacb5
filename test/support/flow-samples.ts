/** Flows of the tests: nodes with what a test does not speak of left at its default. */
import type { Flow, FlowNode, KeyTerms, SpeechTerms } from '../../src/domain/flows/flow.js';

type Kind<Name extends FlowNode['kind']> = Extract<FlowNode, { kind: Name }>;

const prompt = (promptId: string) => ({ kind: 'prompt', promptId }) as const;

/** Two tries, and then the node `bye`. */
const KEYS: KeyTerms = {
  prompt: prompt('question'),
  isInterruptible: true,
  timeoutMs: 5_000,
  maxTries: 2,
  noInputPrompt: prompt('silence'),
  invalidPrompt: prompt('wrong'),
  onNoInput: 'bye',
  onInvalid: 'bye',
};

/** The same for callers whose clock cannot be turned. */
export const SHORT_KEYS: KeyTerms = {
  ...KEYS,
  prompt: null,
  noInputPrompt: null,
  invalidPrompt: null,
  timeoutMs: 2_000,
};

export const SPEECH: SpeechTerms = { language: 'en-US', minConfidence: 0.4 };

export function menuNode(keys: Readonly<Record<string, string>>, changes: Partial<Kind<'menu'>> = {}): Kind<'menu'> {
  const ways = Object.entries(keys).map(([key, next]) => [key, { next, value: null }] as const);
  return { kind: 'menu', tag: null, keys: Object.fromEntries(ways), ...KEYS, ...changes };
}

export function gatherNode(tag: string, next: string, changes: Partial<Kind<'gather'>> = {}): Kind<'gather'> {
  const digits = { minDigits: 1, maxDigits: 8, digitTimeoutMs: 3_000, terminator: '#' } as const;
  return { kind: 'gather', tag, form: 'any', next, ...digits, ...KEYS, ...changes };
}

export function directoryNode(
  entries: Kind<'directory'>['entries'],
  changes: Partial<Kind<'directory'>> = {},
): Kind<'directory'> {
  const dial = { trunkId: null, ringTimeoutMs: 10_000, onNoAnswer: 'bye' };
  return { kind: 'directory', entries, digitTimeoutMs: 3_000, terminator: '#', ...dial, ...KEYS, ...changes };
}

export const SELL: FlowNode = { kind: 'plan' };
export const BYE: FlowNode = { kind: 'hang-up', prompt: prompt('goodbye') };

/** It starts at its first node; `sell` and `bye` are there when nodes lead to them. */
export function flowOf(nodes: Readonly<Record<string, FlowNode>>, id = 'main'): Flow {
  const [start = ''] = Object.keys(nodes);
  const text = JSON.stringify(nodes);
  const ends = {
    ...(text.includes('"sell"') && !('sell' in nodes) ? { sell: SELL } : {}),
    ...(text.includes('"bye"') && !('bye' in nodes) ? { bye: BYE } : {}),
  };
  return { id, name: id, start, nodes: { ...nodes, ...ends } };
}
