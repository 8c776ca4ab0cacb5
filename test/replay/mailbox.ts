/** What came over one socket, in order: read one by one, and what was not read is still there at the end. */
export class Mailbox<Item> {
  readonly #items: Item[] = [];
  #isClosed = false;
  #wake: (() => void)[] = [];

  put(item: Item): void {
    this.#items.push(item);
    this.#ring();
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true;
    this.#ring();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get unread(): readonly Item[] {
    return this.#items;
  }

  /** The next item; undefined when the socket has closed before it. */
  async take(): Promise<Item | undefined> {
    while (this.#items.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.#items.shift();
  }

  #ring(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
