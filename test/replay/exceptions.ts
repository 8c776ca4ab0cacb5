/**
 * What the embedded switch may send where a transcript shows something else. Each exception names the sentence of its list of
 * differences that allows it; a sentence that is not there, or an exception that no transcript needs any more, fails the suite.
 */

export interface ReplayException {
  /** How the sentence in differences.ts begins. */
  readonly sentence: string;
  /** The transcripts that need it; every one when absent. */
  readonly transcripts?: readonly string[];
  /** The transcript's text as the embedded switch may say it; the same text where the exception has nothing to do with it. */
  readonly allow?: (recorded: string, live: string) => string;
  /** True for a message that the embedded switch does not send at all. */
  readonly leavesOut?: (recorded: string) => boolean;
}

/** Applies exceptions and remembers which of them were needed. */
export class Exceptions {
  readonly #exceptions: readonly ReplayException[];
  readonly #met = new Set<ReplayException>();

  constructor(exceptions: readonly ReplayException[], differences: readonly string[]) {
    for (const { sentence } of exceptions) {
      if (!differences.some((one) => one.startsWith(sentence)))
        throw new Error(`no difference is listed as: ${sentence}`);
    }
    this.#exceptions = exceptions;
  }

  /** True when both say the same, or when exceptions make up for what differs. */
  accept(transcript: string, recorded: string, live: string): boolean {
    if (recorded === live) return true;
    let allowed = recorded;
    const used: ReplayException[] = [];
    for (const exception of this.#exceptions) {
      if (exception.transcripts?.includes(transcript) === false) continue;
      const next = exception.allow?.(allowed, live);
      if (next === undefined || next === allowed) continue;
      allowed = next;
      used.push(exception);
    }
    if (allowed !== live) return false;
    for (const exception of used) this.#met.add(exception);
    return true;
  }

  mayLeaveOut(transcript: string, recorded: string): boolean {
    const exception = this.#exceptions.find(
      (one) => one.transcripts?.includes(transcript) !== false && one.leavesOut?.(recorded) === true,
    );
    if (exception !== undefined) this.#met.add(exception);
    return exception !== undefined;
  }

  /** Sentences of exceptions that nothing needed. */
  unmet(): string[] {
    return this.#exceptions.filter((one) => !this.#met.has(one)).map((one) => one.sentence);
  }
}
