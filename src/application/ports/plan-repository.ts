/**
 * Drafts and earlier versions of plans. What is published stands in the configuration; the store adds a version in the same
 * transaction in which a plan of the configuration changes.
 */

import type { PlanDraft, PlanVersion } from '../../domain/plans/plan-version.js';

/** `moved`: the draft is not the one that the change was made on, and nothing was written. */
export type DraftOutcome = { readonly kind: 'done' } | { readonly kind: 'moved' };

/** When a member of a rotating group last had its turn; the higher, the later. */
export interface Turn {
  readonly groupKey: string;
  readonly memberKey: string;
  readonly turn: number;
}

export interface PlanRepository {
  /** Newest first; also of a plan that was removed since. */
  versions(planId: string): Promise<readonly PlanVersion[]>;
  draft(planId: string): Promise<PlanDraft | null>;
  drafts(): Promise<readonly PlanDraft[]>;
  /** `replaces` is the revision that stands there; null when none should. */
  saveDraft(draft: PlanDraft, replaces: string | null): Promise<DraftOutcome>;
  removeDraft(planId: string, revision: string): Promise<DraftOutcome>;
  turns(): Promise<readonly Turn[]>;
  saveTurn(turn: Turn): Promise<void>;
}
