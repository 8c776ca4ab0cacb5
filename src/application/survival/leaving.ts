/**
 * That this process is about to go and leaves the calls that are up to the next one. An abort signal would do, but warns of a
 * leak when more than ten calls listen to it.
 */
export interface Leaving {
  readonly hasBegun: boolean;
  /** Calls back once when it begins, at once when it has; returns what takes the listener away. */
  when(listener: () => void): () => void;
}

export class LeavingSwitch implements Leaving {
  readonly #listeners = new Set<() => void>();
  #hasBegun = false;

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  when(listener: () => void): () => void {
    if (this.#hasBegun) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  begin(): void {
    this.#hasBegun = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** A signal that fires with another one and when the process leaves, until it is unlinked from both. */
export function abortedOnLeaving(
  other: AbortSignal,
  leaving: Leaving,
): { readonly signal: AbortSignal; readonly unlink: () => void } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort('the dial is given up');
  other.addEventListener('abort', onAbort, { once: true });
  if (other.aborted) onAbort();
  const forget = leaving.when(onAbort);
  const unlink = (): void => {
    other.removeEventListener('abort', onAbort);
    forget();
  };
  return { signal: controller.signal, unlink };
}
