/**
 * Pairs of ports for RTP and RTCP (RFC 3550 section 11: even, and the odd one above). The engine takes a pair for each
 * session. A freed pair goes to the end of the queue, so that late packets of its last call meet nobody; the queue begins anywhere in the
 * range, as FreeSWITCH's ports do, so that those of calls of a switch that was killed do not meet the first calls of the next.
 */

import { randomInt } from 'node:crypto';

export class PortPool {
  readonly size: number;
  /** A ring of free even ports; `#head` is the next to hand out. */
  readonly #ring: Uint16Array;
  #head = 0;
  #free: number;

  /** The pair number `firstPair` of the range is handed out first. Throws a RangeError when the range holds no pair. */
  constructor(portMin: number, portMax: number, firstPair?: number) {
    const first = portMin + (portMin % 2);
    this.size = Math.max(0, Math.floor((portMax - first + 1) / 2));
    if (!(portMin >= 1 && portMax <= 65535) || this.size === 0) {
      throw new RangeError(`no pair of RTP ports lies between ${portMin} and ${portMax}`);
    }
    this.#ring = Uint16Array.from({ length: this.size }, (_, index) => first + 2 * index);
    this.#head = firstPair ?? randomInt(this.size);
    this.#free = this.size;
  }

  free(): number {
    return this.#free;
  }

  /** The even port of the pair that has been free for the longest time, or null when all are taken. */
  take(): number | null {
    if (this.#free === 0) return null;
    const port = this.#ring[this.#head] ?? null;
    this.#head = (this.#head + 1) % this.size;
    this.#free -= 1;
    return port;
  }

  /** Gives back a port that `take` handed out; each only once. */
  release(port: number): void {
    this.#ring[(this.#head + this.#free) % this.size] = port;
    this.#free += 1;
  }
}
