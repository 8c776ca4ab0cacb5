/**
 * What the media servers carry, asked once for all calls that are to be taken over, and again every second as long as one of
 * the servers does not answer and a call waits for it.
 */
import type { CallDependencies } from '../calls/call-dependencies.js';
import type { Survey } from '../ports/survey.js';
import { judgeSurvivor, type Remains, type Verdict } from './judge-survivor.js';

const LOOK_AGAIN_MS = 1_000;

export class SurvivorWatch {
  readonly #deps: CallDependencies;
  readonly #patienceEndsMs: number;
  #survey: Survey;
  #next: Promise<void> | null = null;

  constructor(deps: CallDependencies, survey: Survey, patienceMs: number) {
    this.#deps = deps;
    this.#survey = survey;
    this.#patienceEndsMs = deps.clock.monotonicMs() + patienceMs;
  }

  judge(remains: Remains): Verdict {
    return judgeSurvivor(remains, this.#survey);
  }

  get hasPatience(): boolean {
    return this.#deps.clock.monotonicMs() < this.#patienceEndsMs;
  }

  /** Settles when the servers have been asked again; however many calls wait, they are asked once. */
  lookAgain(): Promise<void> {
    this.#next ??= this.#askLater().finally(() => {
      this.#next = null;
    });
    return this.#next;
  }

  async #askLater(): Promise<void> {
    await new Promise<void>((resolve) => void this.#deps.clock.startTimer(LOOK_AGAIN_MS, resolve));
    this.#survey = await this.#deps.telephony.survey();
  }
}
