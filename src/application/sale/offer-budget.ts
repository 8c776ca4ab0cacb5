/** What an offer needs of the caller's patience, as the configuration has it, and whether it still fits. Called by sell-call.ts. */

import type { Offer } from '../../domain/bidding/offer.js';
import { budgetOf, type OfferBudget, type OfferNeeds } from '../../domain/bidding/patience.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import type { CallContext } from '../calls/call-context.js';

/** A whisper that names the call lasts about as long as without its tokens. */
function lengthOf({ configuration, deps }: CallContext, promptId: string | null): number {
  const prompt = promptId === null ? undefined : configuration.prompts.get(promptId);
  return prompt === undefined ? 0 : (deps.prompts.find(prompt)?.durationMs ?? 0);
}

function needsOf(context: CallContext, { target, bidder }: Offer): OfferNeeds {
  const { whisperPromptId, acceptKey } = target;
  return {
    postMs: bidder === null || bidder.dialect.post === null ? null : bidder.postTimeoutMs,
    saidMs: lengthOf(context, whisperPromptId) + lengthOf(context, acceptKey?.promptId ?? null),
    keyMs: acceptKey?.timeoutMs ?? 0,
  };
}

export interface OfferAdmission extends OfferBudget {
  readonly check: Check;
}

/** `leftMs` of hold time. */
export function budgetFor(context: CallContext, offer: Offer, leftMs: number): OfferAdmission {
  const budget = budgetOf(leftMs, needsOf(context, offer));
  const { fits, neededMs } = budget;
  const values = `${Math.round(leftMs)} ms of hold time left`;
  return { ...budget, check: check('patience', fits, values, `at least ${Math.round(neededMs)} ms`) };
}
