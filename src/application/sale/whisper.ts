/**
 * Whispers that name the call. Spoken when the call is let in, under the auction, and found when a buyer is rung; one that is not
 * ready by then goes without its tokens. A caller never waits for speech longer than `LONGEST_WAIT_MS`.
 */
import { tagsOf } from '../../domain/calls/call-tags.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import { hasTokens, spokenText } from '../../domain/prompts/spoken-text.js';
import { type CallContext, promptPath } from '../calls/call-context.js';
import type { PromptFile } from '../ports/prompt-library.js';

type SpokenPrompt = Extract<Prompt, { kind: 'text' }>;

const LONGEST_WAIT_MS = 250;
/** Of a campaign with more of them the others are begun when their buyer is rung. */
const MOST_AHEAD = 8;

/** By campaign, as long as the version lasts. */
const ahead = new WeakMap<Configuration, Map<string, readonly SpokenPrompt[]>>();

function withTokens({ configuration }: CallContext, promptId: string | null): SpokenPrompt | null {
  const prompt = promptId === null ? undefined : configuration.prompts.get(promptId);
  return prompt?.kind === 'text' && hasTokens(prompt.text) ? prompt : null;
}

function whispersOf(context: CallContext): readonly SpokenPrompt[] {
  const { configuration, campaign } = context;
  const known = ahead.get(configuration) ?? new Map<string, readonly SpokenPrompt[]>();
  ahead.set(configuration, known);
  const found = known.get(campaign.id);
  if (found !== undefined) return found;
  const ids = new Set<string | null>();
  for (const targetId of campaign.targetIds) ids.add(configuration.targets.get(targetId)?.whisperPromptId ?? null);
  const prompts = [...ids].flatMap((id) => withTokens(context, id) ?? []).slice(0, MOST_AHEAD);
  known.set(campaign.id, prompts);
  return prompts;
}

function textFor({ journal, deps, campaign, source, did, ping }: CallContext, { text }: SpokenPrompt): string {
  const { call } = journal;
  const tags = tagsOf(call, deps.numbers.areaOf(call.callerNumber), ping?.tags, { did, source });
  return spokenText(text, { tags, campaign: campaign.name, source: source.name });
}

function speakFor(context: CallContext, prompt: SpokenPrompt): Promise<PromptFile | null> {
  return context.deps.prompts.speak(textFor(context, prompt), prompt.voice, prompt.plays);
}

/** Begins to speak what the buyers of this call may hear; whoever asks for it later finds it, or waits for it. */
export function speakAhead(context: CallContext): void {
  for (const prompt of whispersOf(context)) void speakFor(context, prompt);
}

/** The file that the buyer hears, spoken within `longestWaitMs` or without its tokens; null for none. */
export async function whisperPath(
  context: CallContext,
  promptId: string | null,
  longestWaitMs = LONGEST_WAIT_MS,
): Promise<string | null> {
  const prompt = withTokens(context, promptId);
  if (prompt === null) return promptPath(context, promptId, 'whisper');
  let stop = (): void => undefined;
  const late = new Promise<null>((resolve) => {
    stop = context.deps.clock.startTimer(longestWaitMs, () => resolve(null));
  });
  const spoken = await Promise.race([speakFor(context, prompt), late]);
  stop();
  if (spoken !== null) return spoken.path;
  context.journal.alarm('whisper-late', `the whisper ${prompt.id} was not spoken in time; it goes without its tokens`);
  return promptPath(context, promptId, 'whisper');
}
