/** Answers to requests with an Idempotency-Key in SQLite; the writer thread, which is one, decides who came first. */
import type {
  IdempotencyRepository,
  IdempotencyState,
  IdempotentRequest,
  KeptAnswer,
} from '../../application/ports/idempotency-repository.js';
import type { StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteIdempotencyRepository implements IdempotencyRepository {
  readonly #writer: ThreadLink<StoreWrite>;

  constructor(writer: ThreadLink<StoreWrite>) {
    this.#writer = writer;
  }

  async begin(request: IdempotentRequest, at: number): Promise<IdempotencyState> {
    const state = await this.#writer.request({ kind: 'api', write: { kind: 'begin-request', request, at } });
    return state as IdempotencyState;
  }

  async finish(request: IdempotentRequest, answer: KeptAnswer): Promise<void> {
    await this.#writer.request({ kind: 'api', write: { kind: 'finish-request', request, answer } });
  }

  async abandon(request: IdempotentRequest): Promise<void> {
    await this.#writer.request({ kind: 'api', write: { kind: 'abandon-request', request } });
  }

  async abandonAll(): Promise<void> {
    await this.#writer.request({ kind: 'api', write: { kind: 'abandon-requests' } });
  }
}
