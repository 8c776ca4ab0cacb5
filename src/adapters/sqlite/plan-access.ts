/** Drafts, versions and turns of plans, on the writer thread (inside its transaction) and on the reader thread. */
import type { Database } from 'better-sqlite3';
import type { DraftOutcome, Turn } from '../../application/ports/plan-repository.js';
import { assertNever } from '../../domain/assert-never.js';
import type { Plan } from '../../domain/plans/plan.js';
import { type PlanDraft, type PlanVersion, publishedAs } from '../../domain/plans/plan-version.js';
import { mapRows } from './row-map.js';

export type PlanWrite =
  /** These two answer with a DraftOutcome. */
  | { readonly kind: 'save-draft'; readonly draft: PlanDraft; readonly replaces: string | null }
  | { readonly kind: 'remove-draft'; readonly planId: string; readonly revision: string }
  | { readonly kind: 'save-turn'; readonly turn: Turn };

export type PlanRead =
  | { readonly kind: 'plan-versions'; readonly planId: string }
  | { readonly kind: 'plan-drafts' }
  | { readonly kind: 'plan-turns' };

export const PLANS = mapRows<Plan>('plans', { id: 'plain', name: 'plain', version: 'plain', root: 'json' });

interface VersionRow {
  readonly planId: string;
  readonly version: number;
  readonly name: string;
  readonly root: Plan['root'];
  readonly publishedAt: number;
  readonly publishedBy: string;
}

const VERSIONS = mapRows<VersionRow>('plan_versions', {
  planId: 'plain',
  version: 'plain',
  name: 'plain',
  root: 'json',
  publishedAt: 'ms',
  publishedBy: 'plain',
});

interface DraftRow extends Omit<PlanDraft, 'plan'> {
  readonly planId: string;
  readonly name: string;
  readonly root: Plan['root'];
}

const DRAFTS = mapRows<DraftRow>('plan_drafts', {
  planId: 'plain',
  name: 'plain',
  root: 'json',
  revision: 'plain',
  basedOn: 'plain',
  savedAt: 'ms',
  savedBy: 'plain',
  publishAt: 'ms',
  failure: 'plain',
});

const TURNS = mapRows<Turn>('plan_turns', { groupKey: 'plain', memberKey: 'plain', turn: 'plain' });

function draftOfRow({ planId, name, root, ...rest }: DraftRow): PlanDraft {
  return { plan: { id: planId, name, version: 0, root }, ...rest };
}

function versionOfRow({ planId, version, name, root, publishedAt, publishedBy }: VersionRow): PlanVersion {
  return { plan: { id: planId, name, version, root }, publishedAt, publishedBy };
}

/** The plans with their versions; those that are new are written down. */
export function publishPlans(database: Database, plans: readonly Plan[], author: string): readonly Plan[] {
  const find = database.prepare(`SELECT ${PLANS.selection} FROM plans WHERE id = ?`);
  const last = database.prepare('SELECT max(version) FROM plan_versions WHERE plan_id = ?').pluck();
  const insert = database.prepare(VERSIONS.insertSql);
  return plans.map((put) => {
    const row = find.get(put.id);
    const current = row === undefined ? null : PLANS.decode(row);
    const plan = publishedAs(put, current, Number(last.get(put.id) ?? 0));
    if (plan.version === current?.version) return plan;
    const { id: planId, version, name, root } = plan;
    insert.run(VERSIONS.encode({ planId, version, name, root, publishedAt: Date.now(), publishedBy: author }));
    return plan;
  });
}

function revisionOf(database: Database, planId: string): string | null {
  const revision = database.prepare('SELECT revision FROM plan_drafts WHERE plan_id = ?').pluck().get(planId);
  return typeof revision === 'string' ? revision : null;
}

export function writePlan(database: Database, write: PlanWrite): DraftOutcome | null {
  switch (write.kind) {
    case 'save-draft': {
      const { plan, ...rest } = write.draft;
      if (revisionOf(database, plan.id) !== write.replaces) return { kind: 'moved' };
      database.prepare('DELETE FROM plan_drafts WHERE plan_id = ?').run(plan.id);
      const row = { planId: plan.id, name: plan.name, root: plan.root, ...rest };
      database.prepare(DRAFTS.insertSql).run(DRAFTS.encode(row));
      return { kind: 'done' };
    }
    case 'remove-draft':
      if (revisionOf(database, write.planId) !== write.revision) return { kind: 'moved' };
      database.prepare('DELETE FROM plan_drafts WHERE plan_id = ?').run(write.planId);
      return { kind: 'done' };
    case 'save-turn':
      database
        .prepare(`${TURNS.insertSql} ON CONFLICT DO UPDATE SET turn = excluded.turn`)
        .run(TURNS.encode(write.turn));
      return null;
    default:
      return assertNever(write);
  }
}

export function readPlans(
  database: Database,
  read: PlanRead,
): readonly PlanVersion[] | readonly PlanDraft[] | readonly Turn[] {
  switch (read.kind) {
    case 'plan-versions': {
      const select = `SELECT ${VERSIONS.selection} FROM plan_versions WHERE plan_id = ? ORDER BY version DESC`;
      return database.prepare(select).all(read.planId).map(VERSIONS.decode).map(versionOfRow);
    }
    case 'plan-drafts':
      return database
        .prepare(`SELECT ${DRAFTS.selection} FROM plan_drafts ORDER BY plan_id`)
        .all()
        .map(DRAFTS.decode)
        .map(draftOfRow);
    case 'plan-turns':
      return database.prepare(`SELECT ${TURNS.selection} FROM plan_turns`).all().map(TURNS.decode);
    default:
      return assertNever(read);
  }
}
