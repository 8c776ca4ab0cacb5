/**
 * Drafts of plans, and what becomes of them: saved, published now or at a time, thrown away; earlier versions published again. Called
 * by the REST API. What is published is judged against the configuration of that moment, since targets may have gone meanwhile.
 */
import { type Configuration, documentOf, EMPTY_DOCUMENT } from '../../domain/campaigns/configuration.js';
import type { Plan } from '../../domain/plans/plan.js';
import { faultsOfPlan } from '../../domain/plans/plan-faults.js';
import type { PlanDraft, PlanVersion } from '../../domain/plans/plan-version.js';
import type { EditOutcome, TagMatch } from '../configuration/edit-configuration.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationChecker, FieldFault } from '../ports/configuration-checker.js';
import type { ConfigurationRepository } from '../ports/configuration-repository.js';
import type { IdSource } from '../ports/id-source.js';
import type { PlanRepository } from '../ports/plan-repository.js';

export interface PlanDeskDependencies {
  readonly plans: PlanRepository;
  readonly configuration: ConfigurationRepository;
  readonly checker: ConfigurationChecker;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Hears of the configuration after each publication, before the client does. */
  readonly onEdited: (configuration: Configuration) => void;
}

type Refused = Extract<EditOutcome, { kind: 'faulty' | 'missing' | 'stale' | 'busy' }>;

export type DraftSaved = { readonly kind: 'saved'; readonly draft: PlanDraft } | Refused;
export type Published = { readonly kind: 'published'; readonly plan: Plan } | Refused;

const ATTEMPTS = 5;

/** What is wrong with a plan as the configuration stands; empty when it can be published. */
export function faultsNow(plan: Plan, configuration: Configuration): readonly FieldFault[] {
  const around = {
    weightOf: (targetId: string) => configuration.targets.get(targetId)?.weight,
    planOf: (planId: string) => configuration.plans.get(planId),
    calendarOf: (calendarId: string) => configuration.calendars.get(calendarId),
  };
  return faultsOfPlan(plan, around).map(({ place, found, expected }) => {
    return { field: place, found: found === undefined ? 'nothing' : JSON.stringify(found), expected };
  });
}

export class PlanDesk {
  readonly #deps: PlanDeskDependencies;
  /** Told of every draft that is saved, since it may have a time. */
  onDraft: () => void = () => undefined;

  constructor(deps: PlanDeskDependencies) {
    this.#deps = deps;
  }

  published(planId: string): Plan | null {
    return this.#deps.configuration.current().plans.get(planId) ?? null;
  }

  draft(planId: string): Promise<PlanDraft | null> {
    return this.#deps.plans.draft(planId);
  }

  versions(planId: string): Promise<readonly PlanVersion[]> {
    return this.#deps.plans.versions(planId);
  }

  /** Null when there is no such version. */
  async version(planId: string, version: number): Promise<Plan | null> {
    return (await this.versions(planId)).find(({ plan }) => plan.version === version)?.plan ?? null;
  }

  /** `entry` as in a configuration file. `isMatch` is asked when there is a draft already; null when the client named none. */
  async save(planId: string, entry: unknown, author: string, isMatch: TagMatch | null): Promise<DraftSaved> {
    const { configuration, checker, plans } = this.#deps;
    const now = configuration.current();
    const checked = checker.check({ section: 'plans', entry, replaces: planId, stored: documentOf(now) });
    if (checked.kind === 'faulty') return checked;
    const [plan] = checked.document.plans;
    if (plan === undefined) return { kind: 'missing' };
    const before = await plans.draft(planId);
    if (before !== null && isMatch?.(before.revision) !== true) return { kind: 'stale' };
    const basedOn = before?.basedOn ?? now.plans.get(planId)?.version ?? 0;
    return await this.#keep({ ...this.#signed(plan, author), basedOn, publishAt: null, failure: null }, before);
  }

  /** At a time to come; the draft waits for it. */
  async publishAt(planId: string, at: number, author: string, isMatch: TagMatch): Promise<DraftSaved> {
    const before = await this.#deps.plans.draft(planId);
    if (before === null) return { kind: 'missing' };
    if (!isMatch(before.revision)) return { kind: 'stale' };
    const faults = faultsNow(before.plan, this.#deps.configuration.current());
    if (faults.length > 0) return { kind: 'faulty', faults };
    return await this.#keep({ ...before, ...this.#signed(before.plan, author), publishAt: at, failure: null }, before);
  }

  async publishDraft(planId: string, author: string, isMatch: TagMatch): Promise<Published> {
    const draft = await this.#deps.plans.draft(planId);
    if (draft === null) return { kind: 'missing' };
    if (!isMatch(draft.revision)) return { kind: 'stale' };
    const outcome = await this.publish(draft.plan, author);
    if (outcome.kind === 'published') await this.#deps.plans.removeDraft(planId, draft.revision);
    return outcome;
  }

  /** An earlier version becomes the newest one. */
  async rollBack(planId: string, version: number, author: string): Promise<Published> {
    const plan = await this.version(planId, version);
    return plan === null ? { kind: 'missing' } : await this.publish(plan, author);
  }

  async discard(planId: string, isMatch: TagMatch): Promise<'done' | 'missing' | 'stale'> {
    const draft = await this.#deps.plans.draft(planId);
    if (draft === null) return 'missing';
    if (!isMatch(draft.revision)) return 'stale';
    const { kind } = await this.#deps.plans.removeDraft(planId, draft.revision);
    return kind === 'done' ? 'done' : 'stale';
  }

  /** In force for the next call. */
  async publish(plan: Plan, author: string): Promise<Published> {
    const { configuration, onEdited } = this.#deps;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const now = configuration.current();
      const faults = faultsNow(plan, now);
      if (faults.length > 0) return { kind: 'faulty', faults };
      const put = await configuration.put({ ...EMPTY_DOCUMENT, plans: [plan] }, now.version, author);
      if (put.kind === 'done') {
        onEdited(put.configuration);
        return { kind: 'published', plan: put.configuration.plans.get(plan.id) ?? plan };
      }
      await configuration.refresh();
    }
    return { kind: 'busy' };
  }

  #signed(plan: Plan, author: string): Pick<PlanDraft, 'plan' | 'revision' | 'savedAt' | 'savedBy'> {
    const { clock, ids } = this.#deps;
    return { plan: { ...plan, version: 0 }, revision: ids.newId(), savedAt: clock.wallMs(), savedBy: author };
  }

  async #keep(draft: PlanDraft, before: PlanDraft | null): Promise<DraftSaved> {
    const { kind } = await this.#deps.plans.saveDraft(draft, before?.revision ?? null);
    if (kind === 'moved') return { kind: 'stale' };
    this.onDraft();
    return { kind: 'saved', draft };
  }
}
