/**
 * Runs of plans beside live calls: started, looked at and stopped over the API, and asked by each call whether any run watches its
 * campaign. What the runs chose is in the store; how far each has come is known here. A run goes on through restarts.
 */

import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import { type Backtest, BacktestTally } from '../../domain/plans/backtest-tally.js';
import type { Plan } from '../../domain/plans/plan.js';
import { makeCourse, type PlanCourse } from '../../domain/plans/plan-course.js';
import { type ShadowChoice, type ShadowRun, watches } from '../../domain/plans/shadow.js';
import type { Clock } from '../ports/clock.js';
import type { IdSource } from '../ports/id-source.js';
import type { ChoicePosition, ComparedPage, ShadowRepository, StoredRun } from '../ports/shadow-repository.js';
import { ShadowTurns } from './shadow-memory.js';

export const SHADOW_CALLS_MAX = 100_000;

const PAGE = 500;

export interface ShadowDeskDependencies {
  readonly shadows: ShadowRepository;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface ShadowOrder {
  readonly plan: Plan;
  readonly campaignId: string | null;
  readonly callsWanted: number;
}

/** One run, as the calls see it. */
export class RunningShadow {
  readonly turns = new ShadowTurns();
  readonly #desk: ShadowDesk;
  readonly #courses = new WeakMap<Configuration, Map<string, PlanCourse>>();
  #run: ShadowRun;
  #calls: number;

  constructor(desk: ShadowDesk, { run, calls }: StoredRun) {
    this.#desk = desk;
    this.#run = run;
    this.#calls = calls;
  }

  get run(): ShadowRun {
    return this.#run;
  }

  get stored(): StoredRun {
    return { run: this.#run, calls: this.#calls };
  }

  /** Made once per campaign and version of the configuration, as that of the calls. */
  courseOf(configuration: Configuration, campaign: Campaign): PlanCourse {
    const known = this.#courses.get(configuration) ?? new Map<string, PlanCourse>();
    this.#courses.set(configuration, known);
    const course = known.get(campaign.id) ?? makeCourse(configuration, campaign, this.#run.plan);
    known.set(campaign.id, course);
    return course;
  }

  async keep(choice: ShadowChoice): Promise<void> {
    await this.#desk.write(choice);
    this.#calls += 1;
    if (this.#calls >= this.#run.callsWanted) await this.#desk.end(this, 'itself, after the calls that were wanted');
  }

  ended(stoppedAt: number, stoppedBy: string): ShadowRun {
    this.#run = { ...this.#run, stoppedAt, stoppedBy };
    return this.#run;
  }
}

export class ShadowDesk {
  readonly #deps: ShadowDeskDependencies;
  #running: readonly RunningShadow[];

  /** `left` are runs that an earlier process has left running. */
  constructor(deps: ShadowDeskDependencies, left: readonly StoredRun[] = []) {
    this.#deps = deps;
    this.#running = left.map((stored) => new RunningShadow(this, stored));
  }

  static async open(deps: ShadowDeskDependencies): Promise<ShadowDesk> {
    return new ShadowDesk(
      deps,
      (await deps.shadows.runs()).filter(({ run }) => run.stoppedAt === null),
    );
  }

  /** Asked by every call: looks at nothing but the runs that are up, which are few or none. */
  watching(campaign: Campaign): readonly RunningShadow[] {
    return this.#running.length === 0 ? [] : this.#running.filter(({ run }) => watches(run, campaign));
  }

  /** Null while another run of the same plan is up. */
  async start({ plan, campaignId, callsWanted }: ShadowOrder, author: string): Promise<StoredRun | null> {
    if (this.#running.some(({ run }) => run.plan.id === plan.id)) return null;
    const { clock, ids, shadows } = this.#deps;
    const run: ShadowRun = {
      ...{ id: ids.newId(), plan, campaignId, callsWanted, startedAt: clock.wallMs(), startedBy: author },
      ...{ stoppedAt: null, stoppedBy: null },
    };
    const running = new RunningShadow(this, { run, calls: 0 });
    // Before it is written, so that of two starts at once the second is told.
    this.#running = [...this.#running, running];
    try {
      await shadows.saveRun(run);
    } catch (error) {
      this.#running = this.#running.filter((each) => each !== running);
      throw error;
    }
    return running.stored;
  }

  /** Null when no run of the plan is up. */
  async stop(planId: string, author: string): Promise<StoredRun | null> {
    const running = this.#running.find(({ run }) => run.plan.id === planId);
    return running === undefined ? null : await this.end(running, author);
  }

  async end(running: RunningShadow, author: string): Promise<StoredRun> {
    if (running.run.stoppedAt === null) {
      this.#running = this.#running.filter((each) => each !== running);
      await this.#deps.shadows.saveRun(running.ended(this.#deps.clock.wallMs(), author));
    }
    return running.stored;
  }

  write(choice: ShadowChoice): Promise<void> {
    return this.#deps.shadows.saveChoice(choice);
  }

  /** Newest first. */
  async runs(planId: string): Promise<readonly StoredRun[]> {
    return (await this.#deps.shadows.runs()).filter(({ run }) => run.plan.id === planId);
  }

  choicesOf(callId: string): Promise<readonly ShadowChoice[]> {
    return this.#deps.shadows.choicesOf(callId);
  }

  /** Live calls as they went, against what the run chose; read in small pages, so that nothing waits for it. */
  async compare(runId: string): Promise<Backtest> {
    const tally = new BacktestTally();
    for (let after: ChoicePosition | null = null; ; ) {
      const { choices, next }: ComparedPage = await this.#deps.shadows.compared(runId, { limit: PAGE, after });
      for (const { call, replay } of choices) {
        if (replay === null) tally.skip();
        else tally.add(call, replay);
      }
      if (next === null) return tally.result();
      after = next;
    }
  }
}
