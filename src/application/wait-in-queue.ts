/**
 * A caller waits until a member of a queue is free for him: in the order of arrival, with music, and now and then told where he
 * stands. Called by run-flow.ts. The members are the targets of a
 * plan, which says in what order they are rung.
 */
import { type FlowNode, QUEUE_POSITION } from '../domain/flow.js';
import { mayEnter } from '../domain/group-admission.js';
import { groupsOf, makeCourse, type PlanCourse } from '../domain/plan-course.js';
import { RoutingField } from '../domain/routing-field.js';
import type { CallContext } from './call-context.js';
import type { FlowRun } from './flow-run.js';
import { momentOf, type Routing, withPlan } from './route-call.js';
import { type Sale, sellCall } from './sell-call.js';
import type { PlaceInLine, WaitingLine } from './waiting-line.js';

export type Waited =
  | { readonly kind: 'served'; readonly sale: Extract<Sale, { kind: 'sold' }> }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'full' }
  | { readonly kind: 'caller-gone' };

type QueueNode = Extract<FlowNode, { kind: 'queue' }>;

/** How soon it is seen that a member is free whose call was none of the queue's. */
const LOOK_MS = 1_000;
/** Before members who have not answered are rung again. */
const AGAIN_MS = 5_000;

class Waiting {
  readonly #run: FlowRun;
  readonly #context: CallContext;
  readonly #node: QueueNode;
  readonly #place: PlaceInLine;
  readonly #course: PlanCourse;
  readonly #endsMs: number;
  #ringFromMs = 0;
  #announceAtMs: number;

  constructor(run: FlowRun, node: QueueNode, line: WaitingLine, course: PlanCourse) {
    this.#run = run;
    this.#context = { ...run.context, queuedAtMs: run.context.deps.clock.monotonicMs() };
    this.#node = node;
    this.#place = line.join(() => this.couldBeServed());
    this.#course = course;
    this.#endsMs = this.#nowMs + node.maxWaitMs;
    this.#announceAtMs = node.prompt === null ? Number.POSITIVE_INFINITY : this.#nowMs;
  }

  leave(): void {
    this.#place.leave();
  }

  get #nowMs(): number {
    return this.#run.context.deps.clock.monotonicMs();
  }

  async run(): Promise<Waited> {
    const run = this.#run;
    await run.caller.hold();
    const { position } = this.#place;
    run.tell(`waits in the queue as number ${position}`, { position });
    for (;;) {
      await run.untilLeft();
      if (run.isOver) return { kind: 'caller-gone' };
      const { moved } = this.#place;
      const sale = await this.#serve();
      if (sale?.kind === 'sold') return { kind: 'served', sale };
      if (run.isOver) return { kind: 'caller-gone' };
      if (this.#nowMs >= this.#endsMs) return { kind: 'timeout' };
      if (this.#nowMs >= this.#announceAtMs) await this.#announce();
      else await this.#pause(moved);
    }
  }

  /** Null when it is not his turn, or nobody is free, or nobody took the call. */
  async #serve(): Promise<Sale | null> {
    if (this.#nowMs < this.#ringFromMs || this.#nowMs >= this.#endsMs) return null;
    if (!this.couldBeServed() || !this.#place.isNext) return null;
    const context = this.#context;
    try {
      const leftMs = this.#endsMs - this.#nowMs;
      const sale = await withPlan(context, (routing) => this.#ring(routing), leftMs, this.#course);
      if (sale?.kind === 'sold') return sale;
    } finally {
      this.#ringFromMs = this.#nowMs + AGAIN_MS;
      this.#place.setServed(false);
    }
    // What follows has a trace of its own.
    context.journal.forgetTrace();
    return null;
  }

  /** Looked at often, so that the plan is walked, and the timeline told, only when it may lead to somebody. */
  couldBeServed(): boolean {
    const moment = momentOf(this.#context);
    return groupsOf(this.#course).some((group) => {
      if (!mayEnter(group, moment)) return false;
      const field = new RoutingField(group.seats, moment);
      return group.seats.planned.some((planned) => field.isEligible(planned));
    });
  }

  async #ring({ steps, first, trace }: Routing): Promise<Sale | null> {
    const context = this.#context;
    const { answered, caller } = this.#run;
    const step = await first;
    if (step === null) return null;
    this.#place.setServed(true);
    const { recording } = answered;
    const patienceEndsMs = this.#endsMs;
    return await sellCall(context, { caller, recording, steps, first: Promise.resolve(step), trace, patienceEndsMs });
  }

  /** Where he stands, and that he is not forgotten. */
  async #announce(): Promise<void> {
    const { prompt, announceEveryMs } = this.#node;
    const { position } = this.#place;
    await this.#run.say(prompt, false, 0, new Map([[QUEUE_POSITION, String(position)]]));
    await this.#run.caller.hold();
    this.#announceAtMs = this.#nowMs + announceEveryMs;
  }

  async #pause(moved: Promise<void>): Promise<void> {
    const { clock } = this.#run.context.deps;
    const { signal } = this.#run.context.scope;
    const dueMs = Math.min(this.#endsMs, this.#announceAtMs, this.#nowMs + LOOK_MS);
    let wake = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stop = clock.startTimer(Math.max(0, dueMs - this.#nowMs), wake);
    signal.addEventListener('abort', wake, { once: true });
    await Promise.race([over, moved]);
    signal.removeEventListener('abort', wake);
    stop();
  }
}

export async function waitInQueue(run: FlowRun, node: QueueNode): Promise<Waited> {
  const { deps, configuration, campaign } = run.context;
  const plan = configuration.plans.get(node.planId);
  const line = deps.lines.line(`${run.flow.id}/${run.nodeId}`);
  if (plan === undefined || line.isFull(node.maxCallers)) {
    run.tell(plan === undefined ? `there is no plan ${node.planId}` : 'the queue is full');
    return { kind: 'full' };
  }
  const waiting = new Waiting(run, node, line, makeCourse(configuration, campaign, plan));
  try {
    return await waiting.run();
  } finally {
    waiting.leave();
  }
}
