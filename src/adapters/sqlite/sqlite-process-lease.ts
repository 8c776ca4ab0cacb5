/** The right to write calls, in the database whose calls it is about. */
import type { LeaseHolder, LeaseState, ProcessLease } from '../../application/ports/process-lease.js';
import type { StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteProcessLease implements ProcessLease {
  readonly #writer: ThreadLink<StoreWrite>;

  constructor(writer: ThreadLink<StoreWrite>) {
    this.#writer = writer;
  }

  async look(): Promise<LeaseState> {
    return (await this.#writer.request({ kind: 'lease', write: { kind: 'look' } })) as LeaseState;
  }

  async take(holder: LeaseHolder, seenFence: number, at: number): Promise<boolean> {
    const write = { kind: 'take', holder, seenFence, at } as const;
    return (await this.#writer.request({ kind: 'lease', write })) as boolean;
  }

  async beat(at: number): Promise<boolean> {
    return (await this.#writer.request({ kind: 'lease', write: { kind: 'beat', at } })) as boolean;
  }

  async release(at: number): Promise<void> {
    await this.#writer.request({ kind: 'lease', write: { kind: 'release', at } });
  }
}
