/**
 * The lifetime of a call, or of a part of it. What is acquired registers its release on the next line; closing runs the
 * releases in reverse order, each exactly once, also after a failure of another. Opened with `await using`, so that
 * returning from the call's function is hanging up.
 *
 *   open -> aborted (signal fired, releases still held) -> closed
 *   open -> closed
 */
export type ReleaseAction = () => void | Promise<void>;

/** The reason that every signal gives. Without one, each abort makes an exception with a stack trace, five times a call. */
const OVER = 'the scope is over';

export class CallScope implements AsyncDisposable {
  /** Made when somebody asks for the signal: a signal costs more than the rest of a scope, and many are never asked for theirs. */
  #controller: AbortController | null = null;
  #isAborted = false;
  readonly #releases: ReleaseAction[] = [];
  readonly #children = new Set<CallScope>();
  readonly #onReleaseError: (error: unknown) => void;
  #closing: Promise<void> | null = null;

  constructor(onReleaseError: (error: unknown) => void) {
    this.#onReleaseError = onReleaseError;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(OVER);
    }
    return this.#controller.signal;
  }

  /** A release registered after the close runs at once: nothing acquired late may leak. */
  defer(release: ReleaseAction): void {
    if (this.#closing === null) this.#releases.push(release);
    else void this.#run(release);
  }

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort(OVER);
    for (const child of this.#children) child.abort();
  }

  /**
   * A child that is aborted with its parent. Linked by hand: `AbortSignal.any` with a long-lived parent leaks on Node 20, and a signal with
   * more than ten listeners, as when ten are rung at once, warns of a leak.
   */
  fork(): CallScope {
    const child = new CallScope(this.#onReleaseError);
    if (this.#isAborted) child.abort();
    this.#children.add(child);
    child.defer(() => void this.#children.delete(child));
    return child;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.abort();
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      await this.#run(release);
    }
  }

  async #run(release: ReleaseAction): Promise<void> {
    try {
      await release();
    } catch (error) {
      this.#onReleaseError(error);
    }
  }
}

/** Settles with the promise, or with null as soon as the signal fires. Leaves no listener behind. */
export async function untilAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value | null> {
  if (signal.aborted) return null;
  let onAbort = (): void => undefined;
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
