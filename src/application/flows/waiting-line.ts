/**
 * The callers who wait in one queue, in the order in which they came. Kept in memory: whoever
 * waits when the process ends is carried on and waits no longer. Used by wait-in-queue.ts.
 */
export interface PlaceInLine {
  /** 1 for the first. Callers who are being put through do not count. */
  readonly position: number;
  /** Nobody who waits before him could be put through now: whoever waits for a skill that is not free holds up nobody. */
  readonly isNext: boolean;
  /** While members are rung for him the caller behind him may have his turn. */
  setServed(isServed: boolean): void;
  /** Settles when somebody before him has moved. */
  readonly moved: Promise<void>;
  leave(): void;
}

class Place implements PlaceInLine {
  readonly #line: WaitingLine;
  readonly couldBeServed: () => boolean;
  isServed = false;
  wake: () => void = () => undefined;
  moved: Promise<void>;

  constructor(line: WaitingLine, couldBeServed: () => boolean) {
    this.#line = line;
    this.couldBeServed = couldBeServed;
    this.moved = this.#nextMove();
  }

  get position(): number {
    return this.#line.positionOf(this);
  }

  get isNext(): boolean {
    return !this.#line.before(this).some(({ couldBeServed }) => couldBeServed());
  }

  setServed(isServed: boolean): void {
    this.isServed = isServed;
    this.#line.tellAll();
  }

  leave(): void {
    this.#line.remove(this);
  }

  tell(): void {
    this.wake();
    this.moved = this.#nextMove();
  }

  #nextMove(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

export class WaitingLine {
  readonly #places: Place[] = [];

  /** So many wait already. */
  isFull(most: number | null): boolean {
    return most !== null && this.#places.filter(({ isServed }) => !isServed).length >= most;
  }

  /** `couldBeServed` says whether anybody is free for him now; asked by those behind him. */
  join(couldBeServed: () => boolean): PlaceInLine {
    const place = new Place(this, couldBeServed);
    this.#places.push(place);
    return place;
  }

  get isEmpty(): boolean {
    return this.#places.length === 0;
  }

  /** Whoever is being put through is none of them. */
  before(place: Place): readonly Place[] {
    return this.#places.slice(0, this.#places.indexOf(place)).filter(({ isServed }) => !isServed);
  }

  positionOf(place: Place): number {
    return this.before(place).length + 1;
  }

  remove(place: Place): void {
    const at = this.#places.indexOf(place);
    if (at !== -1) this.#places.splice(at, 1);
    this.tellAll();
  }

  tellAll(): void {
    for (const place of [...this.#places]) place.tell();
  }
}

/** The lines of this process by the name of their queue. */
export class WaitingLines {
  readonly #lines = new Map<string, WaitingLine>();

  line(name: string): WaitingLine {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    // Lines in which nobody stands any more, of flows that may have been edited away.
    for (const [other, line] of this.#lines) if (line.isEmpty) this.#lines.delete(other);
    const made = new WaitingLine();
    this.#lines.set(name, made);
    return made;
  }
}
