/**
 * One caller's walk through a flow: what its nodes share. It keeps the keys, says prompts, and writes down how far he has come;
 * `run-flow.ts` decides where he goes.
 */
import type { Flow } from '../../domain/flows/flow.js';
import type { FlowProgress } from '../../domain/flows/flow-progress.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import { CallerTalk } from '../calls/caller-talk.js';
import type { KeyPad } from './key-pad.js';

const LONGEST_ANSWER = 256;

type StepData = Readonly<Record<string, string | number | boolean | null>>;

export class FlowRun extends CallerTalk {
  #flow: Flow;
  #nodeId: string;
  #keysSpoken = 0;

  constructor(context: CallContext, answered: AnsweredCall, keys: KeyPad, flow: Flow) {
    super(context, answered, keys);
    this.#flow = flow;
    this.#nodeId = flow.start;
  }

  get flow(): Flow {
    return this.#flow;
  }

  get nodeId(): string {
    return this.#nodeId;
  }

  protected override get place(): string {
    return `node ${this.#nodeId}`;
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

  get progress(): FlowProgress {
    const { flow } = this.context.journal.call;
    return flow ?? { flowId: this.#flow.id, nodeId: this.#nodeId, keysPressed: 0, answers: {}, endedAt: null };
  }

  #note(changes: Partial<FlowProgress>): void {
    const where = { flowId: this.#flow.id, nodeId: this.#nodeId, keysPressed: this.keys.pressed + this.#keysSpoken };
    this.context.journal.note({ flow: { ...this.progress, ...where, ...changes } });
  }

  /** What he has said counts as the keys that it means. */
  noteSpoken(keys: number, sentence: string): void {
    this.#keysSpoken += keys;
    this.tell(sentence, { spoken: keys });
    this.#note({});
  }

  /** How many keys there were stands in the record also when he leaves within a node. */
  noteKeys(): void {
    this.#note({});
  }
}
