/**
 * Finds a combination of keys, such as *7, in what one far end presses. Keys that come too far apart do not belong together.
 * Asked by the flow for each key of an agent or buyer.
 */

/** The longest pause between two keys of one combination, in ms. */
const LONGEST_PAUSE_MS = 3_000;

export const KEY_COMBINATION_FORM = /^[0-9*#]{2,6}$/;

export class KeySequence {
  readonly #combination: string;
  #pressed = '';
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor(combination: string) {
    this.#combination = combination;
  }

  /** True when this key completes the combination. `atMs` never goes back. */
  press(key: string, atMs: number): boolean {
    const before = atMs - this.#lastAtMs > LONGEST_PAUSE_MS ? '' : this.#pressed;
    this.#lastAtMs = atMs;
    this.#pressed = `${before}${key}`.slice(-this.#combination.length);
    if (this.#pressed !== this.#combination) return false;
    this.#pressed = '';
    return true;
  }
}
