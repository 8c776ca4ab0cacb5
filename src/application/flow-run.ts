/**
 * One caller's walk through a flow: what its nodes share. It keeps the keys, says prompts, and writes down how far he has come;
 * `run-flow.ts` decides where he goes.
 */
import { type CallTags, tagsOf } from '../domain/call-tags.js';
import { type Flow, promptOfText, type Said } from '../domain/flow.js';
import type { FlowProgress } from '../domain/flow-progress.js';
import type { Prompt } from '../domain/prompt.js';
import { hasTokens, spokenText } from '../domain/spoken-text.js';
import type { AnsweredCall } from './answer-call.js';
import { type CallContext, promptFile } from './call-context.js';
import { leftToTheNext } from './call-lifetime.js';
import type { KeyPad } from './key-pad.js';
import type { PromptFile } from './ports/prompt-library.js';
import type { CallerLeg } from './ports/telephony.js';

/** Between two prompts, and while a webhook is asked. */
const SHORT_SILENCE_MS = 5_000;
const LONGEST_ANSWER = 256;
/** The caller hears nothing meanwhile. */
const LONGEST_SPEECH_MS = 1_000;

const NO_TAGS: CallTags = new Map();

type StepData = Readonly<Record<string, string | number | boolean | null>>;

export class FlowRun {
  readonly context: CallContext;
  readonly answered: AnsweredCall;
  readonly keys: KeyPad;
  #flow: Flow;
  #nodeId: string;

  constructor(context: CallContext, answered: AnsweredCall, keys: KeyPad, flow: Flow) {
    this.context = context;
    this.answered = answered;
    this.keys = keys;
    this.#flow = flow;
    this.#nodeId = flow.start;
  }

  get flow(): Flow {
    return this.#flow;
  }

  get nodeId(): string {
    return this.#nodeId;
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

  enter(flow: Flow, nodeId: string): void {
    this.#flow = flow;
    this.#nodeId = nodeId;
    this.#note({});
  }

  /** The sentence begins with flow and node. */
  tell(what: string, data: StepData = {}): void {
    const { id: flowId } = this.#flow;
    const nodeId = this.#nodeId;
    this.context.journal.step('flow', `${flowId}, ${nodeId}: ${what}`, { flowId, nodeId, ...data });
  }

  /** Kept with the call, and known to whoever carries it on. An empty value takes the tag away. */
  answer(tag: string, value: string): void {
    const { [tag]: _before, ...others } = this.progress.answers;
    this.#note({ answers: value === '' ? others : { ...others, [tag]: value.slice(0, LONGEST_ANSWER) } });
    this.context.journal.checkpoint();
  }

  /** He has gone through: from here on he is no longer in the flow. */
  finish(): void {
    this.#note({ endedAt: this.context.journal.wallMs() });
    this.context.journal.checkpoint();
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
    if (said.kind === 'prompt') return promptFile(context, said.promptId, 'prompt of a flow');
    const file = prompt === null ? null : context.deps.prompts.find(prompt);
    if (file === null) {
      const sentence = `the text of node ${this.#nodeId} has no sound; the call goes on without it`;
      context.journal.alarm('prompt-missing', sentence);
    }
    return file;
  }

  /** With what is known of the call; null when that takes too long, and it goes without its tokens. */
  async #speak({ text, voice }: Extract<Prompt, { kind: 'text' }>, extra: CallTags): Promise<PromptFile | null> {
    const { deps, campaign, source } = this.context;
    let stop = (): void => undefined;
    const late = new Promise<null>((resolve) => {
      stop = deps.clock.startTimer(LONGEST_SPEECH_MS, () => resolve(null));
    });
    const values = { tags: new Map([...this.tags, ...extra]), campaign: campaign.name, source: source.name };
    const spoken = await Promise.race([deps.prompts.speak(spokenText(text, values), voice), late]);
    stop();
    return spoken;
  }

  get progress(): FlowProgress {
    const { flow } = this.context.journal.call;
    return flow ?? { flowId: this.#flow.id, nodeId: this.#nodeId, keysPressed: 0, answers: {}, endedAt: null };
  }

  #note(changes: Partial<FlowProgress>): void {
    const where = { flowId: this.#flow.id, nodeId: this.#nodeId, keysPressed: this.keys.pressed };
    this.context.journal.note({ flow: { ...this.progress, ...where, ...changes } });
  }

  /** How many keys there were stands in the record also when he leaves within a node. */
  noteKeys(): void {
    this.#note({});
  }
}
