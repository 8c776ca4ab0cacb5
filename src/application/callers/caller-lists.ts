/**
 * The lists of callers of this process: in memory for calls, written through to the store. An entry is in force for the next
 * call once `put` settles. Of two processes only one takes calls, so that nobody else changes them meanwhile.
 */

import { type CallerListEntry, CallerListIndex, type ListedCaller } from '../../domain/callers/caller-list.js';
import type { Call } from '../../domain/calls/call.js';
import type { CallerListRepository } from '../ports/caller-list-repository.js';
import type { Clock } from '../ports/clock.js';

/** A caller with what stands on lists of him now. */
export function listedCaller(
  { callerLists, clock }: { readonly callerLists: CallerLists; readonly clock: Pick<Clock, 'wallMs'> },
  { callerNumber }: Pick<Call, 'callerNumber'>,
): ListedCaller {
  return { callerNumber, entries: callerLists.matching(callerNumber, clock.wallMs()) };
}

/** So many are written at once: the writer of calls is not held up for longer than that takes. */
const CHUNK = 500;

export class CallerLists {
  readonly #repository: CallerListRepository;
  readonly #index = new CallerListIndex();

  constructor(repository: CallerListRepository) {
    this.#repository = repository;
  }

  /** Takes up what is stored: before the first call. */
  async load(): Promise<void> {
    for (const entry of await this.#repository.all()) this.#index.put(entry);
  }

  matching(callerNumber: string, wallMs: number): readonly CallerListEntry[] {
    return this.#index.matching(callerNumber, wallMs);
  }

  all(): readonly CallerListEntry[] {
    return this.#index.all();
  }

  async put(entries: readonly CallerListEntry[]): Promise<void> {
    for (let from = 0; from < entries.length; from += CHUNK) {
      const chunk = entries.slice(from, from + CHUNK);
      await this.#repository.put(chunk);
      for (const entry of chunk) this.#index.put(entry);
    }
  }

  /** For a rule that must hold for the next call: in force at once, durable when it settles. */
  putNow(entry: CallerListEntry): Promise<void> {
    this.#index.put(entry);
    return this.#repository.put([entry]);
  }

  /** The entry that is gone; null when there was none. */
  async remove(id: string): Promise<CallerListEntry | null> {
    await this.#repository.remove(id);
    return this.#index.remove(id);
  }
}
