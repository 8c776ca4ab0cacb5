/** Drafts and versions of plans in SQLite. */
import type { DraftOutcome, PlanRepository, Turn } from '../../application/ports/plan-repository.js';
import type { PlanDraft, PlanVersion } from '../../domain/plans/plan-version.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqlitePlanRepository implements PlanRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async versions(planId: string): Promise<readonly PlanVersion[]> {
    const read = { kind: 'plan-versions', planId } as const;
    return (await this.#reader.request({ kind: 'plan', read })) as readonly PlanVersion[];
  }

  async draft(planId: string): Promise<PlanDraft | null> {
    return (await this.drafts()).find(({ plan }) => plan.id === planId) ?? null;
  }

  async drafts(): Promise<readonly PlanDraft[]> {
    return (await this.#reader.request({ kind: 'plan', read: { kind: 'plan-drafts' } })) as readonly PlanDraft[];
  }

  async saveDraft(draft: PlanDraft, replaces: string | null): Promise<DraftOutcome> {
    const write = { kind: 'save-draft', draft, replaces } as const;
    return (await this.#writer.request({ kind: 'plan', write })) as DraftOutcome;
  }

  async turns(): Promise<readonly Turn[]> {
    return (await this.#reader.request({ kind: 'plan', read: { kind: 'plan-turns' } })) as readonly Turn[];
  }

  async saveTurn(turn: Turn): Promise<void> {
    await this.#writer.request({ kind: 'plan', write: { kind: 'save-turn', turn } });
  }

  async removeDraft(planId: string, revision: string): Promise<DraftOutcome> {
    const write = { kind: 'remove-draft', planId, revision } as const;
    return (await this.#writer.request({ kind: 'plan', write })) as DraftOutcome;
  }
}
