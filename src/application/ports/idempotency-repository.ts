/**
 * What was answered to a POST that carried an Idempotency-Key, so that a client which lost the answer may ask again. Keys
 * of one API key say nothing to another. Kept for 24 hours.
 */

export interface KeptAnswer {
  readonly status: number;
  /** JSON text, and the headers that belong to it (Location, ETag). */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface IdempotentRequest {
  readonly apiKeyId: string;
  readonly key: string;
  /** SHA-256 of method, path and body. */
  readonly requestHash: string;
}

export type IdempotencyState =
  /** It is the first: from now on it is in progress. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'in-progress'; readonly requestHash: string }
  | { readonly kind: 'answered'; readonly requestHash: string; readonly answer: KeptAnswer };

export interface IdempotencyRepository {
  /** Atomic: of two that come at once, one begins. Forgets what is older than 24 hours. */
  begin(request: IdempotentRequest, at: number): Promise<IdempotencyState>;
  finish(request: IdempotentRequest, answer: KeptAnswer): Promise<void>;
  /** The request failed without an effect: the same key may be tried again. */
  abandon(request: IdempotentRequest): Promise<void>;
  /** Called at the start of the process, when whatever was in progress has died with the last one. */
  abandonAll(): Promise<void>;
}
