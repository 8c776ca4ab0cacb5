/**
 * An answer by voice beside the keys: what is said is listened to as long as no key comes, and read into the keys that it means. Called by
 * ask-keys.ts once the question is over. Without a recogniser, or where none can be reached, keys are waited for as ever.
 */
import type { FlowNode, KeyTerms, SpeechTerms } from '../../domain/flows/flow.js';
import { spokenDigits, spokenKey } from '../../domain/flows/spoken-answer.js';
import type { FlowRun } from './flow-run.js';
import { type HeardAnswer, hearAnswer, LONGEST_ANSWER_MS } from './hear-answer.js';

export type Answer =
  | {
      readonly kind: 'keys';
      readonly keys: string;
      /** How it was heard, as a clause for the timeline; null when it was pressed. */
      readonly heard: string | null;
    }
  /** He pressed and said nothing, as far as anybody knows. */
  | { readonly kind: 'none'; readonly why: string }
  /** He said something that means no key. */
  | { readonly kind: 'unclear'; readonly why: string };

export interface VoiceTerms {
  readonly speech: SpeechTerms;
  readonly phrases: readonly string[];
  readonly pauseMs: number;
  readonly keysOf: (transcript: string) => string | null;
  /** What the timeline may show of it: digits are somebody's number or ZIP code, and are counted alone. */
  readonly tell: (transcript: string, keys: string | null) => { readonly heard: string; readonly means: string };
}

const MARGIN_MS = 2_000;
const LONGEST_QUOTE = 60;

type NodeOf<Kind extends FlowNode['kind']> = Extract<FlowNode, { kind: Kind }>;

export function menuByVoice({ speech, keys }: NodeOf<'menu'>): VoiceTerms | null {
  if (speech === undefined) return null;
  return {
    speech,
    phrases: Object.values(keys).flatMap(({ says = [] }) => says),
    pauseMs: 1_000,
    keysOf: (transcript) => spokenKey(transcript, keys),
    tell: (transcript, key) => ({
      heard: `'${transcript.slice(0, LONGEST_QUOTE)}'`,
      means: key === null ? 'no key of the menu' : `key ${key}`,
    }),
  };
}

/** Between the groups of a number people pause for longer than between words. */
export function digitsByVoice({ speech }: NodeOf<'gather'>): VoiceTerms | null {
  if (speech === undefined) return null;
  return {
    speech,
    phrases: [],
    pauseMs: 1_500,
    keysOf: spokenDigits,
    tell: (_transcript, digits) => ({
      heard: 'an answer',
      means: digits === null ? 'not clearly digits' : `${digits.length} digits`,
    }),
  };
}

/** How long his voice may be waited for behind the question, until it is understood. */
export function voiceMs({ context }: FlowRun, terms: KeyTerms, voice: VoiceTerms | null): number {
  const { speech } = context.deps;
  if (voice === null || speech === null) return 0;
  return terms.timeoutMs + LONGEST_ANSWER_MS + speech.recogniser.timeoutMs + MARGIN_MS;
}

function judge(voice: VoiceTerms, { transcript, confidence }: Extract<HeardAnswer, { kind: 'heard' }>): Answer {
  const keys = voice.keysOf(transcript);
  const { heard, means } = voice.tell(transcript, keys);
  const sentence = `heard ${heard}${confidence === null ? '' : ` (${confidence.toFixed(2)})`}: ${means}`;
  if (confidence !== null && confidence < voice.speech.minConfidence) {
    return { kind: 'unclear', why: `${sentence}, less sure than ${voice.speech.minConfidence}` };
  }
  return keys === null ? { kind: 'unclear', why: sentence } : { kind: 'keys', keys, heard: sentence };
}

/** `byKeys` waits for keys as if there were no voice, and finds those that are there already. */
export async function answerByVoice(
  run: FlowRun,
  terms: KeyTerms,
  voice: VoiceTerms,
  byKeys: () => Promise<Answer>,
): Promise<Answer> {
  const { speech } = run.context.deps;
  if (speech === null) {
    run.tell('nobody listens: no recogniser is configured; keys alone');
    return await byKeys();
  }
  if (run.keys.hasKey || run.isOver) return await byKeys();
  const ended = new AbortController();
  const { pauseMs, phrases } = voice;
  const hearing = hearAnswer(run, speech, { ...voice.speech, waitMs: terms.timeoutMs, pauseMs, phrases }, ended.signal);
  await run.keys.arrival(hearing);
  if (run.keys.hasKey || run.isOver) ended.abort();
  const answer = await hearing;
  // A key wins also over what was understood in the same moment.
  if (run.keys.hasKey || run.isOver) return await byKeys();
  switch (answer.kind) {
    case 'heard':
      return judge(voice, answer);
    case 'silence':
      return { kind: 'none', why: 'no key pressed and nothing said' };
    case 'failed':
      return { kind: 'none', why: `what was said is not known, the recogniser failed: ${answer.detail}` };
    case 'deaf':
      run.tell(`nobody listens: ${answer.detail}; keys alone`);
      return await byKeys();
    case 'stopped':
      return await byKeys();
  }
}
