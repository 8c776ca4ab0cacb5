/**
 * One caller's walk through a flow: what its nodes share. It keeps the keys, says prompts, and writes down how far he has come;
 * `run-flow.ts` decides where he goes.
 */
import { type CallTags, tagsOf } from '../domain/call-tags.js';
import { type Flow, promptOfText, type Said } from '../domain/flow.js';
import type { FlowProgress } from '../domain/flow-progress.js';
import type { AnsweredCall } from './answer-call.js';
import { type CallContext, promptFile } from './call-context.js';
import type { KeyPad } from './key-pad.js';
import type { CallerLeg } from './ports/telephony.js';

/** Between two prompts, and while a webhook is asked. */
const SHORT_SILENCE_MS = 5_000;
const LONGEST_ANSWER = 256;

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
  async say(said: Said | null, isInterruptible: boolean, silenceMs = SHORT_SILENCE_MS): Promise<void> {
    if (this.isOver) return;
    const isAhead = isInterruptible && this.keys.hasKey;
    const file = said === null || isAhead ? null : this.soundOf(said);
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
  soundOf(said: Said): { readonly path: string; readonly durationMs: number } | null {
    const { context } = this;
    if (said.kind === 'prompt') return promptFile(context, said.promptId, 'prompt of a flow');
    const file = context.deps.prompts.find(promptOfText(said));
    if (file === null) {
      context.journal.alarm(
        'prompt-missing',
        `the text of node ${this.#nodeId} has no sound; the call goes on without it`,
      );
    }
    return file;
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
