/**
 * Listens to what a caller answers, until he pauses, and has it turned into text. Called by ask-keys.ts behind the question of a node that
 * takes speech. What he said lies in a file for these seconds alone, and is gone however this ends.
 */
import type { SpeechTerms } from '../../domain/flows/flow.js';
import type { SpeechInput } from '../ports/speech-input.js';
import type { FlowRun } from './flow-run.js';

/** Longer than anybody needs for a ZIP code or a wish. */
export const LONGEST_ANSWER_MS = 15_000;

export interface HearingTerms extends SpeechTerms {
  /** Until he begins. */
  readonly waitMs: number;
  /** Ends what he says. */
  readonly pauseMs: number;
  readonly phrases: readonly string[];
}

export type HeardAnswer =
  | { readonly kind: 'heard'; readonly transcript: string; readonly confidence: number | null }
  /** He said nothing, or nothing that is a word. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'stopped' }
  /** He may have spoken, and nobody knows what. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** Nobody listened: his keys are still to be waited for. */
  | { readonly kind: 'deaf'; readonly detail: string };

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function recognise(
  { recogniser, utterances }: SpeechInput,
  path: string,
  { language, phrases }: HearingTerms,
  signal: AbortSignal,
): Promise<HeardAnswer> {
  try {
    const audio = await utterances.read(path);
    const recognised = await recogniser.recognise({ audio, language, phrases, signal });
    if (signal.aborted) return { kind: 'stopped' };
    return recognised.kind === 'heard' && recognised.transcript === '' ? { kind: 'silence' } : recognised;
  } catch (error) {
    return { kind: 'failed', detail: sentence(error) };
  }
}

async function hear(
  run: FlowRun,
  speech: SpeechInput,
  path: string,
  terms: HearingTerms,
  signal: AbortSignal,
): Promise<HeardAnswer> {
  const { waitMs, pauseMs } = terms;
  const heard = await run.caller.listen({ path, waitMs, pauseMs, limitMs: waitMs + LONGEST_ANSWER_MS, signal });
  if (heard.kind === 'spoke') return await recognise(speech, path, terms, signal);
  return heard.kind === 'failed' ? { kind: 'deaf', detail: heard.detail } : heard;
}

/** Never rejects. `signal` ends it, as when a key was pressed. */
export async function hearAnswer(
  run: FlowRun,
  speech: SpeechInput,
  terms: HearingTerms,
  signal: AbortSignal,
): Promise<HeardAnswer> {
  if (!speech.recogniser.isReady) return { kind: 'deaf', detail: 'the recogniser has failed several times just now' };
  let path = '';
  try {
    path = await speech.utterances.newPath();
  } catch (error) {
    return { kind: 'deaf', detail: sentence(error) };
  }
  try {
    return await hear(run, speech, path, terms, signal);
  } finally {
    await speech.utterances.remove(path);
  }
}
