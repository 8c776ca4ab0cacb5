/**
 * What is said to a caller who waits or is asked, and the keys that he presses: shared by flows, queues and whatever else speaks to him
 * before he talks to anybody.
 */
import { type CallTags, tagsOf } from '../../domain/calls/call-tags.js';
import { promptOfText } from '../../domain/flows/flow.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import type { Said } from '../../domain/prompts/said.js';
import { hasTokens, spokenText } from '../../domain/prompts/spoken-text.js';
import type { KeyPad } from '../flows/key-pad.js';
import type { PromptFile } from '../ports/prompt-library.js';
import type { CallerLeg } from '../ports/telephony.js';
import type { AnsweredCall } from './answer-call.js';
import { type CallContext, promptFile } from './call-context.js';
import { leftToTheNext } from './call-lifetime.js';

/** Between two prompts, and while a webhook is asked. */
const SHORT_SILENCE_MS = 5_000;
/** The caller hears nothing meanwhile. */
const LONGEST_SPEECH_MS = 1_000;

const NO_TAGS: CallTags = new Map();

export class CallerTalk {
  readonly context: CallContext;
  readonly answered: AnsweredCall;
  readonly keys: KeyPad;

  constructor(context: CallContext, answered: AnsweredCall, keys: KeyPad) {
    this.context = context;
    this.answered = answered;
    this.keys = keys;
  }

  /** Where a text stands that has no sound, for the alarm. */
  protected get place(): string {
    return 'a queue';
  }

  get caller(): CallerLeg {
    return this.answered.leg;
  }

  get isOver(): boolean {
    return this.context.scope.signal.aborted || this.caller.hasEnded;
  }

  /** Never settles once this process leaves: what the caller says is for the next one to hear. */
  async untilLeft(): Promise<void> {
    if (this.context.leaving.hasBegun) await leftToTheNext();
  }

  get tags(): CallTags {
    const { deps, journal, ping } = this.context;
    return tagsOf(journal.call, deps.numbers.areaOf(journal.call.callerNumber), ping?.tags, this.context);
  }

  /**
   * Settles when it has been said, or a key has come that may cut it short, or the caller has left. Nothing is said over a key that was
   * pressed ahead. `silenceMs` follows in which keys are heard.
   */
  async say(
    said: Said | null,
    isInterruptible: boolean,
    silenceMs = SHORT_SILENCE_MS,
    extra: CallTags = NO_TAGS,
  ): Promise<void> {
    await this.untilLeft();
    if (this.isOver) return;
    const isAhead = isInterruptible && this.keys.hasKey;
    const file = said === null || isAhead ? null : await this.soundOf(said, extra);
    const played = this.caller.play({
      path: file?.path ?? null,
      durationMs: file?.durationMs ?? 0,
      isCutByKeys: isInterruptible,
      silenceMs,
    });
    if (isInterruptible) await this.keys.arrival(played);
    else await played;
  }

  /** Null, and an alarm, when it is not there: the flow goes on without it. */
  async soundOf(said: Said, extra: CallTags = NO_TAGS): Promise<PromptFile | null> {
    const { context } = this;
    const { prompts } = context.configuration;
    const prompt = said.kind === 'text' ? promptOfText(said) : (prompts.get(said.promptId) ?? null);
    const spoken = prompt?.kind === 'text' && hasTokens(prompt.text) ? await this.#speak(prompt, extra) : null;
    if (spoken !== null) return spoken;
    if (said.kind === 'prompt') return promptFile(context, said.promptId, 'prompt');
    const file = prompt === null ? null : context.deps.prompts.find(prompt);
    if (file === null) {
      const sentence = `the text of ${this.place} has no sound; the call goes on without it`;
      context.journal.alarm('prompt-missing', sentence);
    }
    return file;
  }

  /** With what is known of the call; null when that takes too long, and it goes without its tokens. */
  async #speak({ text, voice, plays }: Extract<Prompt, { kind: 'text' }>, extra: CallTags): Promise<PromptFile | null> {
    const { deps, campaign, source } = this.context;
    let stop = (): void => undefined;
    const late = new Promise<null>((resolve) => {
      stop = deps.clock.startTimer(LONGEST_SPEECH_MS, () => resolve(null));
    });
    const values = { tags: new Map([...this.tags, ...extra]), campaign: campaign.name, source: source.name };
    const spoken = await Promise.race([deps.prompts.speak(spokenText(text, values), voice, plays), late]);
    stop();
    return spoken;
  }
}
