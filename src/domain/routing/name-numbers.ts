/**
 * Numbers for the names under which calls are counted. A decision asks for several counts of every target it looks at: by its number
 * a count is a place in an array, by its name a search among as many names as there are. Decisions ask by number; the counters that
 * answer, what is stored, and people go by the name.
 */

class NameNumbers {
  readonly #numbers = new Map<string, number>();

  /** A name keeps its number as long as the process lives, so that all versions of a configuration mean the same by it. */
  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}

/** Of what is held while a call is up, such as `target:acme`. */
export const slotNumbers = new NameNumbers();
/** Of caps, by their keys. */
export const meterNumbers = new NameNumbers();
