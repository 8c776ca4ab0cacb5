/**
 * Tells a caller who waits on plain hold now and then that he is not forgotten: the campaign's prompt in place of the music, and the
 * music again behind it without a word from us. Whoever joins him with somebody hushes it first, and waits for the end of a sentence.
 */

import { KeyPad } from '../flows/key-pad.js';
import type { AnsweredCall } from './answer-call.js';
import type { CallContext } from './call-context.js';
import { untilAborted } from './call-scope.js';
import { CallerTalk } from './caller-talk.js';

export class HoldTeller {
  readonly #context: CallContext;
  readonly #answered: AnsweredCall;
  #isHushed = false;
  #wake: () => void = () => undefined;
  #telling: Promise<void>;

  /** Begins at once; the first prompt comes after the first interval, and never into a greeting. */
  constructor(context: CallContext, answered: AnsweredCall) {
    this.#context = context;
    this.#answered = answered;
    this.#telling = this.#tell();
  }

  /** Settles when nothing is said any more. */
  async hush(): Promise<void> {
    this.#isHushed = true;
    this.#wake();
    await this.#telling;
  }

  /** Whoever was to talk to him does not: he waits again. */
  resume(): void {
    if (!this.#isHushed) return;
    this.#isHushed = false;
    this.#telling = this.#tell();
  }

  get #isOver(): boolean {
    const { scope, leaving } = this.#context;
    return this.#isHushed || scope.signal.aborted || leaving.hasBegun;
  }

  async #tell(): Promise<void> {
    const { campaign, scope, journal, deps } = this.#context;
    const { holdPrompt } = campaign;
    if (holdPrompt === null) return;
    const { leg } = this.#answered;
    const talk = new CallerTalk(this.#context, this.#answered, new KeyPad(leg, deps.clock, scope.signal));
    await untilAborted(scope.signal, Promise.race([leg.greeted, this.#hushed()]));
    for (;;) {
      if (this.#isOver) return;
      await this.#interval(holdPrompt.everyMs);
      if (this.#isOver) return;
      journal.step('hold', 'the caller hears that he is not forgotten', { promptId: holdPrompt.promptId });
      await talk.say({ kind: 'prompt', promptId: holdPrompt.promptId }, false, 0);
    }
  }

  #hushed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isHushed) resolve();
      else this.#wake = resolve;
    });
  }

  async #interval(everyMs: number): Promise<void> {
    const { clock } = this.#context.deps;
    let stop = (): void => undefined;
    const elapsed = new Promise<void>((resolve) => {
      stop = clock.startTimer(everyMs, resolve);
    });
    await untilAborted(this.#context.scope.signal, Promise.race([elapsed, this.#hushed()]));
    stop();
  }
}
