/**
 * What a call's plan says is to be dialled, step by step: walks the plan and holds the auctions that it asks for on the way. The
 * sale asks for each step when the one before has failed; a ping asks without dialling.
 */

import { explainEntry } from '../../domain/plans/group-admission.js';
import type { GroupVisit, PlanAnswer } from '../../domain/plans/plan-move.js';
import type { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { DialStep } from '../../domain/routing/dial-step.js';
import type { Moment } from '../../domain/routing/eligibility.js';
import { type AuctionContext, runAuction } from './run-auction.js';
import type { TraceBuilder } from './trace-builder.js';

export interface DialSteps {
  /**
   * Null when there is no further one. `isRung`: somebody of the step before was dialled. An auction on the way ends after
   * `deadlineMs` at the latest. Never rejects, since nobody waits for the first step while the caller is being answered.
   */
  next(isRung: boolean, deadlineMs: number): Promise<DialStep | null>;
}

/** What may change between two moves, copied in the turn of the decision. */
export type LoadSource = () => Pick<Moment, 'usedSlots' | 'usedCap'>;

export class PlanSteps implements DialSteps {
  readonly #context: AuctionContext;
  readonly #walk: PlanWalk;
  readonly #trace: TraceBuilder;
  readonly #load: LoadSource;
  readonly #mayAsk: () => boolean;
  #hasBegun = false;
  #told = 0;

  /** Where bidders would have to be asked and `mayAsk` says no, the steps are at their end. */
  constructor(
    context: AuctionContext,
    walk: PlanWalk,
    trace: TraceBuilder,
    load: LoadSource,
    mayAsk: () => boolean = () => true,
  ) {
    this.#context = context;
    this.#walk = walk;
    this.#trace = trace;
    this.#load = load;
    this.#mayAsk = mayAsk;
  }

  /** The pings of the first group go out in this turn. */
  async next(isRung: boolean, deadlineMs: number): Promise<DialStep | null> {
    try {
      return await this.#next(isRung, deadlineMs);
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      this.#context.journal.alarm('bug', `the walk of the plan failed: ${sentence}`);
      return null;
    }
  }

  async #next(isRung: boolean, deadlineMs: number): Promise<DialStep | null> {
    let answer: PlanAnswer = this.#hasBegun ? { kind: 'dialled', isRung } : { kind: 'begin' };
    this.#hasBegun = true;
    for (;;) {
      const move = this.#walk.next(answer);
      this.#walk.keepLoad(this.#load);
      this.#tell();
      switch (move.kind) {
        case 'end':
          return null;
        case 'dial':
          this.#trace.offer(move.visit, move.step.offers);
          return move.step;
        case 'ask': {
          if (!this.#mayAsk()) return null;
          const { field } = move.visit;
          const notes = this.#trace.notesOf(move.visit);
          const offers = await runAuction(this.#context, field, notes, { until: move.until, deadlineMs });
          answer = { kind: 'offers', offers };
        }
      }
    }
  }

  /** The timeline says to which groups the call came; a campaign without a plan has none. */
  #tell(): void {
    const { course, visits } = this.#walk;
    if (course.plan === null) return;
    for (const visit of visits.slice(this.#told))
      this.#context.journal.step('plan', this.#sentence(visit), {
        group: visit.course.key,
        isEntered: visit.isOpen,
      });
    this.#told = visits.length;
  }

  #sentence({ course, field, isOpen }: GroupVisit): string {
    const { name, strategy } = course.group;
    if (isOpen) return `the call comes to group ${name} (${strategy.kind})`;
    const failed = explainEntry(course, field.moment, this.#walk.course.campaign.currency).find(
      ({ passed }) => !passed,
    );
    return `group ${name} is passed over: ${failed?.values ?? 'it is closed'}`;
  }
}
