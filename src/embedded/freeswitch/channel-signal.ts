/**
 * Wakes the one loop that runs a channel. Everything that a channel waits for (media events, commands, its partner, a
 * hang-up) ends in `notify`; the loop looks at the state again and decides. So no promise of a wait can be left behind.
 */
export class ChannelSignal {
  #wake: (() => void) | null = null;
  #isPending = false;

  notify(): void {
    if (this.#wake === null) {
      this.#isPending = true;
      return;
    }
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }

  /**
   * Resolves at the next notification, or at once when one came since the last wait, or after `timeoutMs`. Nested loops
   * wait in turn, never two at a time.
   */
  wait(timeoutMs?: number): Promise<void> {
    if (this.#isPending) {
      this.#isPending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? null : setTimeout(() => this.notify(), Math.max(0, timeoutMs));
      this.#wake = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
  }
}
