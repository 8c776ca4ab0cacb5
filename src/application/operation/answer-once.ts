/**
 * Makes a request with an Idempotency-Key have its effect once: the first one is carried out and its answer kept, a
 * repetition is answered from what was kept. A request that was refused had no effect, so its key may be used again.
 */
import type { Clock } from '../ports/clock.js';
import type { IdempotencyRepository, IdempotentRequest, KeptAnswer } from '../ports/idempotency-repository.js';

export interface OnceDependencies {
  readonly idempotency: IdempotencyRepository;
  readonly clock: Clock;
}

export type OnceOutcome<Answer> =
  | { readonly kind: 'carried-out'; readonly answer: Answer }
  | { readonly kind: 'repeated'; readonly answer: KeptAnswer }
  | { readonly kind: 'in-progress' }
  /** The key belongs to a request with another content. */
  | { readonly kind: 'other-request' };

/** `keep` says what a repetition is answered. Rejects as `carryOut` does. */
export async function answerOnce<Answer>(
  { idempotency, clock }: OnceDependencies,
  request: IdempotentRequest,
  carryOut: () => Promise<Answer>,
  keep: (answer: Answer) => KeptAnswer,
): Promise<OnceOutcome<Answer>> {
  const state = await idempotency.begin(request, clock.wallMs());
  if (state.kind !== 'begun') {
    if (state.requestHash !== request.requestHash) return { kind: 'other-request' };
    return state.kind === 'in-progress' ? state : { kind: 'repeated', answer: state.answer };
  }
  let answer: Answer;
  try {
    answer = await carryOut();
  } catch (error) {
    await idempotency.abandon(request);
    throw error;
  }
  await idempotency.finish(request, keep(answer));
  return { kind: 'carried-out', answer };
}
