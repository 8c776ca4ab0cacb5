/**
 * Rings the offers of one dial step, side by side or one after the other, until one of them takes the call. The others are let go in
 * the same turn, with CANCEL or BYE, and count for nothing: no attempt, no cap, no bill. Called by sell-call.ts for each step.
 *
 * A branch goes ringing -> won | failed | outrun. Only one branch ever wins.
 */

import type { Offer } from '../../domain/bidding/offer.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import type { DialStep } from '../../domain/routing/dial-step.js';
import { check } from '../../domain/routing/eligibility.js';
import { RingSchedule } from '../../domain/routing/ring-schedule.js';
import type { CallContext } from '../calls/call-context.js';
import { leftToTheNext } from '../calls/call-lifetime.js';
import type { CallScope } from '../calls/call-scope.js';
import type { CallerLeg } from '../ports/telephony.js';
import { type OfferResult, ringOffer } from './ring-target.js';

export type TakenOffer = Extract<OfferResult, { kind: 'answered' }>;

export type StepResult =
  | TakenOffer
  /** Nobody of the step takes the call. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'caller-gone' };

export interface StepAdmission {
  readonly checks: readonly Check[];
  readonly postLimitMs: number;
  readonly ringWithinMs: number;
}

export interface StepTerms {
  readonly caller: CallerLeg;
  /** Checks of an offer whose turn has come, and how long each part of it may take. */
  readonly admissionOf: (offer: Offer) => StepAdmission;
  readonly note: (offer: Offer, made: Check) => void;
  readonly onFailed: (offer: Offer) => void;
}

interface Branch {
  readonly offer: Offer;
  readonly scope: CallScope;
  isOutrun: boolean;
}

export interface RungStep {
  readonly result: StepResult;
  /** How many offers of the step have been begun. */
  readonly begun: number;
  /** Those whose turn has not come, in the order in which they would have been rung. */
  readonly left: readonly Offer[];
}

/** What is held for the winner, his leg included, is released with `scope`. */
export async function ringTogether(
  context: CallContext,
  scope: CallScope,
  terms: StepTerms,
  step: DialStep,
): Promise<RungStep> {
  const ringing = new Ringing(context, scope, terms, step);
  const result = await ringing.run();
  return { result, begun: ringing.begun, left: ringing.left };
}

class Ringing {
  readonly #context: CallContext;
  readonly #scope: CallScope;
  readonly #terms: StepTerms;
  readonly #schedule: RingSchedule;
  readonly #branches = new Set<Branch>();
  readonly #ends: Promise<void>[] = [];
  #winner: { readonly branch: Branch; readonly taken: TakenOffer } | null = null;
  #fault: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(context: CallContext, scope: CallScope, terms: StepTerms, step: DialStep) {
    this.#context = context;
    this.#scope = scope;
    this.#terms = terms;
    this.#schedule = new RingSchedule(step);
  }

  get begun(): number {
    return this.#schedule.begun.length;
  }

  get left(): readonly Offer[] {
    return this.#schedule.waiting;
  }

  async run(): Promise<StepResult> {
    const onAbort = (): void => this.#wake();
    this.#scope.signal.addEventListener('abort', onAbort, { once: true });
    this.#scope.defer(() => this.#scope.signal.removeEventListener('abort', onAbort));
    // Whoever is let go may take his time over it; he is gone before the step's own slots are.
    this.#scope.defer(async () => void (await Promise.all(this.#ends)));
    for (;;) {
      if (this.#fault !== null) throw this.#fault.error;
      if (this.#winner !== null) return this.#winner.taken;
      if (this.#context.leaving.hasBegun) return await leftToTheNext();
      if (this.#scope.signal.aborted) {
        await Promise.all(this.#ends);
        return { kind: 'caller-gone' };
      }
      // One who may not be rung at all makes room for the next in the same turn.
      for (let due = this.#takeDue(); due.length > 0; due = this.#takeDue())
        for (const offer of due) this.#begin(offer);
      if (this.#schedule.isOver) return { kind: 'failed' };
      await this.#change();
    }
  }

  /** Settles when a branch has come to something, somebody else is due, or the caller is gone. */
  async #change(): Promise<void> {
    const { clock } = this.#context.deps;
    const waitMs = this.#schedule.waitMs(clock.monotonicMs());
    let stop = (): void => undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (waitMs !== null) stop = clock.startTimer(waitMs, resolve);
    });
    stop();
  }

  #takeDue(): readonly Offer[] {
    return this.#schedule.takeDue(this.#context.deps.clock.monotonicMs());
  }

  #begin(offer: Offer): void {
    const admission = this.#terms.admissionOf(offer);
    const { checks } = admission;
    for (const made of checks) this.#terms.note(offer, made);
    if (checks.some(({ passed }) => !passed)) {
      this.#terms.onFailed(offer);
      this.#schedule.end(offer);
      return;
    }
    const branch: Branch = { offer, scope: this.#scope.fork(), isOutrun: false };
    this.#branches.add(branch);
    this.#ends.push(this.#ring(branch, admission));
  }

  /** Never rejects. */
  async #ring(branch: Branch, { postLimitMs, ringWithinMs }: StepAdmission): Promise<void> {
    const { offer, scope } = branch;
    try {
      const result = await ringOffer(this.#context, scope, offer, {
        caller: this.#terms.caller,
        ringEndsMs: this.#context.deps.clock.monotonicMs() + ringWithinMs,
        postLimitMs,
        note: (made) => this.#terms.note(offer, made),
        isOutrun: () => branch.isOutrun,
        onSign: () => {
          this.#schedule.sign(offer);
          this.#wake();
        },
      });
      if (result.kind === 'answered' && this.#winner === null && this.#fault === null) return this.#win(branch, result);
      if (result.kind === 'answered') this.#context.journal.disagree(result.agreement);
      this.#lose(branch, result);
    } catch (error) {
      this.#fault ??= { error };
    }
    await scope[Symbol.asyncDispose]();
    this.#schedule.end(offer);
    this.#wake();
  }

  #win(branch: Branch, taken: TakenOffer): void {
    this.#winner = { branch, taken };
    this.#scope.defer(() => branch.scope[Symbol.asyncDispose]());
    const { journal } = this.#context;
    for (const other of this.#branches) {
      if (other === branch) continue;
      other.isOutrun = true;
      other.scope.abort();
    }
    if (this.#branches.size > 1) {
      // Should this process die now, the next one must know who of them was joined to the caller.
      journal.agreeAlone(taken.agreement);
      journal.checkpoint();
    }
    this.#wake();
  }

  #lose({ offer, isOutrun }: Branch, { kind }: OfferResult): void {
    const { journal } = this.#context;
    const { id: targetId, name } = offer.target;
    this.#terms.onFailed(offer);
    const winner = this.#winner?.taken.offer.target.name;
    if (!isOutrun || winner === undefined) {
      if (kind !== 'failed')
        this.#terms.note(offer, check('dial', false, 'the caller was gone before the bridge', 'a caller who waits'));
      return;
    }
    journal.step('buyer-let-go', `${name} is let go: ${winner} took the call`, { targetId });
    this.#terms.note(offer, check('dial', false, `${winner} took the call first`, 'to be the first'));
  }
}
