/** Answers to requests with an Idempotency-Key, of one process, for tests. */
import type {
  IdempotencyRepository,
  IdempotencyState,
  IdempotentRequest,
  KeptAnswer,
} from '../../application/ports/idempotency-repository.js';

interface Kept {
  readonly requestHash: string;
  readonly begunAt: number;
  readonly answer: KeptAnswer | null;
}

const KEPT_MS = 24 * 3_600_000;

const nameOf = ({ apiKeyId, key }: IdempotentRequest): string => JSON.stringify([apiKeyId, key]);

export class MemoryIdempotencyRepository implements IdempotencyRepository {
  readonly #requests = new Map<string, Kept>();

  async begin(request: IdempotentRequest, at: number): Promise<IdempotencyState> {
    for (const [name, { begunAt }] of this.#requests) if (begunAt <= at - KEPT_MS) this.#requests.delete(name);
    const kept = this.#requests.get(nameOf(request));
    if (kept === undefined) {
      this.#requests.set(nameOf(request), { requestHash: request.requestHash, begunAt: at, answer: null });
      return { kind: 'begun' };
    }
    const { requestHash, answer } = kept;
    return answer === null ? { kind: 'in-progress', requestHash } : { kind: 'answered', requestHash, answer };
  }

  async finish(request: IdempotentRequest, answer: KeptAnswer): Promise<void> {
    const kept = this.#requests.get(nameOf(request));
    if (kept !== undefined) this.#requests.set(nameOf(request), { ...kept, answer });
  }

  async abandon(request: IdempotentRequest): Promise<void> {
    if (this.#requests.get(nameOf(request))?.answer === null) this.#requests.delete(nameOf(request));
  }

  async abandonAll(): Promise<void> {
    for (const [name, { answer }] of this.#requests) if (answer === null) this.#requests.delete(name);
  }
}
