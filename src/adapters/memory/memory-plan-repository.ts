/** Drafts and versions of plans in memory, for tests; the configuration in memory publishes into it. */
import type { DraftOutcome, PlanRepository, Turn } from '../../application/ports/plan-repository.js';
import type { Plan } from '../../domain/plans/plan.js';
import { type PlanDraft, type PlanVersion, publishedAs } from '../../domain/plans/plan-version.js';

export class MemoryPlanRepository implements PlanRepository {
  readonly #versions = new Map<string, PlanVersion[]>();
  readonly #drafts = new Map<string, PlanDraft>();
  readonly #turns = new Map<string, Turn>();

  /** The plans with their versions; those that are new are written down. */
  publish(plans: readonly Plan[], current: readonly Plan[], author: string): readonly Plan[] {
    return plans.map((put) => {
      const versions = this.#versions.get(put.id) ?? [];
      const before = current.find(({ id }) => id === put.id) ?? null;
      const plan = publishedAs(put, before, versions[0]?.plan.version ?? 0);
      if (plan.version === before?.version) return plan;
      const published = structuredClone({ plan, publishedAt: Date.now(), publishedBy: author });
      this.#versions.set(put.id, [published, ...versions]);
      return plan;
    });
  }

  async versions(planId: string): Promise<readonly PlanVersion[]> {
    return [...(this.#versions.get(planId) ?? [])];
  }

  async draft(planId: string): Promise<PlanDraft | null> {
    return this.#drafts.get(planId) ?? null;
  }

  async drafts(): Promise<readonly PlanDraft[]> {
    return [...this.#drafts.values()].sort((left, right) => (left.plan.id < right.plan.id ? -1 : 1));
  }

  async saveDraft(draft: PlanDraft, replaces: string | null): Promise<DraftOutcome> {
    if ((this.#drafts.get(draft.plan.id)?.revision ?? null) !== replaces) return { kind: 'moved' };
    this.#drafts.set(draft.plan.id, structuredClone(draft));
    return { kind: 'done' };
  }

  async turns(): Promise<readonly Turn[]> {
    return [...this.#turns.values()];
  }

  async saveTurn(turn: Turn): Promise<void> {
    this.#turns.set(`${turn.groupKey} ${turn.memberKey}`, turn);
  }

  async removeDraft(planId: string, revision: string): Promise<DraftOutcome> {
    if (this.#drafts.get(planId)?.revision !== revision) return { kind: 'moved' };
    this.#drafts.delete(planId);
    return { kind: 'done' };
  }
}
