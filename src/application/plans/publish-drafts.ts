/**
 * Publishes drafts whose time has come, also those whose time came while no process ran. A draft that cannot be published then,
 * because what it names has gone, stays with the reason, and an alarm says so.
 */
import type { PlanDraft } from '../../domain/plans/plan-version.js';
import type { CallEvents } from '../ports/call-events.js';
import type { Clock } from '../ports/clock.js';
import type { PlanRepository } from '../ports/plan-repository.js';
import type { PlanDesk } from './plan-desk.js';

/** Another process may have saved a draft; its time is found within so long. */
const LOOK_MS = 10_000;

export interface PublisherDependencies {
  readonly plans: PlanRepository;
  readonly desk: PlanDesk;
  readonly clock: Clock;
  readonly events: Pick<CallEvents, 'alarm'>;
}

async function publishDue({ plans, desk, events }: PublisherDependencies, draft: PlanDraft): Promise<void> {
  const outcome = await desk.publish(draft.plan, draft.savedBy);
  if (outcome.kind === 'published') {
    await plans.removeDraft(draft.plan.id, draft.revision);
    return;
  }
  if (outcome.kind !== 'faulty') return;
  const [first] = outcome.faults;
  const failure = `${first?.field}: found ${first?.found}, expected ${first?.expected}`;
  await plans.saveDraft({ ...draft, publishAt: null, failure }, draft.revision);
  events.alarm('plan', `plan ${draft.plan.id} could not be published at its time: ${failure}`);
}

/** Looks in this turn, and again at the next time. Returns the function that ends it. */
export function publishDrafts(deps: PublisherDependencies): () => void {
  const { plans, desk, clock, events } = deps;
  let stopTimer = (): void => undefined;
  let isStopped = false;
  let isLooking = false;
  let isDue = false;
  const look = async (): Promise<void> => {
    isDue = true;
    if (isLooking || isStopped) return;
    isLooking = true;
    isDue = false;
    stopTimer();
    let waitMs = LOOK_MS;
    try {
      for (const draft of await plans.drafts()) {
        if (draft.publishAt === null) continue;
        const leftMs = draft.publishAt - clock.wallMs();
        if (leftMs <= 0) await publishDue(deps, draft);
        else waitMs = Math.min(waitMs, leftMs);
      }
    } catch (error) {
      events.alarm(
        'store',
        `drafts of plans could not be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    isLooking = false;
    // A draft that was saved meanwhile may have been read before it had its time.
    if (!isStopped) stopTimer = clock.startTimer(isDue ? 0 : waitMs, () => void look());
  };
  desk.onDraft = () => void look();
  void look();
  return () => {
    isStopped = true;
    stopTimer();
  };
}
