/**
 * Walks a plan for one call: says what is to be done next, and goes no further until it is told how that went. Pure but for its
 * own fields and the turns that it takes: it sends no ping and dials nobody. Calls and simulations ask the same walk.
 */
import { type Offer, staticOffer } from './auction.js';
import type { DialStep } from './dial-step.js';
import type { Moment } from './eligibility.js';
import { mayEnter } from './group-admission.js';
import { inOrder, type Standing } from './group-order.js';
import { marginsOf } from './margin.js';
import type { CourseGroup, CourseMember, PlanCourse } from './plan-course.js';
import { RoutingField } from './routing-field.js';
import type { PlannedTarget } from './routing-plan.js';
import type { WalkGround } from './walk-ground.js';
import { drawPlace, weightedList } from './weighted-draw.js';

/** One coming of the call to a group. */
export interface GroupVisit {
  readonly course: CourseGroup;
  /** Its targets at the moment of the visit. */
  readonly field: RoutingField;
  /** Whether the call came in; if not, the group's checks say why. */
  readonly isOpen: boolean;
  readonly standings: ReadonlyMap<string, Standing>;
  /** Key of the member that a share went to; null when there was no draw. */
  readonly drawn: string | null;
}

export interface OffersOfGroup {
  /** By its place, 0 for the best; null when there are fewer. */
  readonly offerAt: (place: number) => Offer | null;
  /** What its bidder offers for a target; null when nothing that could be used. */
  readonly bidOf: (targetId: string) => Offer | null;
}

export type PlanMove =
  /** Hold an auction over the field. `first`: it may close when its best is known. `all`: when everybody has answered. */
  | { readonly kind: 'ask'; readonly visit: GroupVisit; readonly until: 'first' | 'all' }
  | { readonly kind: 'dial'; readonly visit: GroupVisit; readonly step: DialStep }
  | { readonly kind: 'end' };

export type PlanAnswer =
  | { readonly kind: 'begin' }
  | { readonly kind: 'offers'; readonly offers: OffersOfGroup }
  /** `isRung` is false when nobody of the step was dialled, so that nobody has used his turn. */
  | { readonly kind: 'dialled'; readonly isRung: boolean };

interface OpenVisit extends GroupVisit {
  drawn: string | null;
  standings: ReadonlyMap<string, Standing>;
}

/** Answers whether anybody was rung. */
type Walking = Generator<Exclude<PlanMove, { kind: 'end' }>, boolean, PlanAnswer>;

const NO_STANDINGS: ReadonlyMap<string, Standing> = new Map();

// biome-ignore lint/correctness/useYield: a walk that is over before its first move.
function* nowhere(): Walking {
  return false;
}

const NO_OFFERS: OffersOfGroup = { offerAt: () => null, bidOf: () => null };

export class PlanWalk {
  readonly course: PlanCourse;
  readonly #ground: WalkGround;
  readonly #visits: OpenVisit[] = [];
  /** Visits before this one have the load of their moment kept. */
  #kept = 0;
  /** Made when there is something to keep: most calls come to one group and ring one target. */
  #rung: Set<string> | null = null;
  #walking: Walking | null = null;
  #moment: Moment | null = null;

  constructor(course: PlanCourse, ground: WalkGround) {
    this.course = course;
    this.#ground = ground;
  }

  /** In the order in which the call came to them. */
  get visits(): readonly GroupVisit[] {
    return this.#visits;
  }

  /** Of the last move that came to a group. */
  get moment(): Moment {
    return this.#visits.at(-1)?.field.moment ?? this.#now();
  }

  next(answer: PlanAnswer): PlanMove {
    this.#moment = null;
    this.#walking ??= this.#walk(this.course.root);
    const { value, done } = this.#walking.next(answer);
    return done === true ? { kind: 'end' } : value;
  }

  /** To be called in the turn of `next`: what is looked at later is judged by the values of the decision. */
  keepLoad(load: () => readonly [used: ReadonlyMap<string, number>, usedCap: Moment['usedCap']]): void {
    if (this.#kept === this.#visits.length) return;
    const [used, usedCap] = load();
    for (const { field } of this.#visits.slice(this.#kept)) field.keepLoad(used, usedCap);
    this.#kept = this.#visits.length;
  }

  #now(): Moment {
    this.#moment ??= this.#ground.moment();
    return this.#moment;
  }

  /** Comes to a group without walking on from it, for offers that were made before. */
  visit(course: CourseGroup): GroupVisit {
    return this.#come(course);
  }

  #come(course: CourseGroup): OpenVisit {
    const moment = this.#ground.momentOf?.(course) ?? this.#now();
    // A copy: what rings later does not change what was decided here.
    const rung = this.#rung === null ? undefined : new Set(this.#rung);
    const { seats, group } = course;
    const margins = marginsOf(group.strategy, seats.planned, this.course.campaign.id, this.#ground);
    const visit: OpenVisit = {
      course,
      field: new RoutingField(seats, moment, rung, margins),
      // A campaign without a plan has a group that limits nothing.
      isOpen: this.course.plan === null || mayEnter(course, moment),
      standings: NO_STANDINGS,
      drawn: null,
    };
    this.#visits.push(visit);
    return visit;
  }

  /** Comes to the group in this turn. */
  #walk(course: CourseGroup): Walking {
    const visit = this.#come(course);
    if (!visit.isOpen) return nowhere();
    switch (course.group.strategy.kind) {
      case 'auction':
        return this.#auction(visit);
      case 'share':
        return this.#share(visit);
      case 'simultaneous':
      case 'staggered':
        return this.#together(visit);
      case 'round-robin':
        return this.#takingTurns(visit);
      default:
        return this.#oneAfterAnother(visit);
    }
  }

  /** Bids for the targets of a group that does not go by price; nobody is asked when nobody bids. */
  *#bids(visit: GroupVisit): Generator<PlanMove & { kind: 'ask' }, OffersOfGroup, PlanAnswer> {
    const { field } = visit;
    if (!field.plan.bidding.some((planned) => field.isEligible(planned))) return NO_OFFERS;
    const answer = yield { kind: 'ask', visit, until: 'all' };
    return answer.kind === 'offers' ? answer.offers : NO_OFFERS;
  }

  *#dial(visit: GroupVisit, offers: readonly Offer[], mode: DialStep['mode'] = 'one', intervalMs = 0): Walking {
    const answer = yield this.#dialling(visit, offers, mode, intervalMs);
    return answer.kind !== 'dialled' || answer.isRung;
  }

  #dialling(
    visit: GroupVisit,
    offers: readonly Offer[],
    mode: DialStep['mode'],
    intervalMs: number,
  ): PlanMove & { kind: 'dial' } {
    this.#rung ??= new Set();
    for (const { target } of offers) this.#rung.add(target.id);
    const hedgeAfterMs = mode === 'one' ? visit.course.group.hedgeAfterMs : null;
    return { kind: 'dial', visit, step: { offers, mode, intervalMs, hedgeAfterMs } };
  }

  /** The way of most calls: without the generators of the others, which cost more than the decision. */
  *#auction(visit: GroupVisit): Walking {
    const asked = yield { kind: 'ask', visit, until: 'first' };
    const offers = asked.kind === 'offers' ? asked.offers : NO_OFFERS;
    const atOnce = visit.course.group.hedgeAfterMs === null ? 1 : 2;
    let isRung = false;
    let step: Offer[] = [];
    for (let place = 0; ; place += 1) {
      const offer = offers.offerAt(place);
      if (offer !== null && this.#rung?.has(offer.target.id) !== true) step.push(offer);
      if (step.length > 0 && (offer === null || step.length === atOnce)) {
        const answer = yield this.#dialling(visit, step, 'one', 0);
        isRung ||= answer.kind !== 'dialled' || answer.isRung;
        step = [];
      }
      if (offer === null) return isRung;
    }
  }

  /** One member alone, whatever becomes of the call there. */
  *#share(visit: OpenVisit): Walking {
    const bids = yield* this.#bids(visit);
    const list = weightedList(visit.course.members, ({ weight }) => weight);
    const isLeft = (place: number): boolean => {
      const member = list.members[place];
      if (member === undefined || member.weight <= 0) return false;
      return member.kind === 'group'
        ? mayEnter(member.inner, visit.field.moment)
        : this.#mayRing(visit, member.planned);
    };
    const place = drawPlace(list, isLeft, this.#ground.random);
    const member = place === null ? undefined : list.members[place];
    if (member === undefined) return false;
    visit.drawn = member.key;
    return yield* this.#member(visit, member, bids);
  }

  *#takingTurns(visit: OpenVisit): Walking {
    const bids = yield* this.#bids(visit);
    let isAnyRung = false;
    for (const member of this.#inOrder(visit)) {
      if (member.kind === 'target' && this.#offerOf(visit, member.planned, bids) === null) continue;
      // Before it is asked or rung, so that of two calls at once the second goes to the next member.
      const giveBack = this.#ground.memory.takeTurn(visit.course.key, member.key);
      const isRung = yield* this.#member(visit, member, bids);
      if (isRung) isAnyRung = true;
      else giveBack();
    }
    return isAnyRung;
  }

  *#oneAfterAnother(visit: OpenVisit): Walking {
    const bids = yield* this.#bids(visit);
    const atOnce = visit.course.group.hedgeAfterMs === null ? 1 : 2;
    let isRung = false;
    let step: Offer[] = [];
    for (const member of this.#inOrder(visit)) {
      if (member.kind === 'target') {
        const offer = this.#offerOf(visit, member.planned, bids);
        if (offer !== null) step.push(offer);
        if (step.length < atOnce) continue;
      }
      if (step.length > 0) isRung = (yield* this.#dial(visit, step)) || isRung;
      step = [];
      if (member.kind === 'group') isRung = (yield* this.#walk(member.inner)) || isRung;
    }
    if (step.length > 0) isRung = (yield* this.#dial(visit, step)) || isRung;
    return isRung;
  }

  *#together(visit: OpenVisit): Walking {
    const bids = yield* this.#bids(visit);
    const offers: Offer[] = [];
    for (const member of this.#inOrder(visit)) {
      const offer = member.kind === 'target' ? this.#offerOf(visit, member.planned, bids) : null;
      if (offer !== null) offers.push(offer);
    }
    if (offers.length === 0) return false;
    const { strategy } = visit.course.group;
    if (strategy.kind === 'staggered') return yield* this.#dial(visit, offers, 'staggered', strategy.intervalMs);
    return yield* this.#dial(visit, offers, 'simultaneous');
  }

  *#member(visit: GroupVisit, member: CourseMember, bids: OffersOfGroup): Walking {
    if (member.kind === 'group') return yield* this.#walk(member.inner);
    const offer = this.#offerOf(visit, member.planned, bids);
    return offer === null ? false : yield* this.#dial(visit, [offer]);
  }

  /** Whoever had the caller first and is to have him again comes before the order of the group. */
  *#inOrder(visit: OpenVisit): Iterable<CourseMember> {
    const { memory, sourceId, random } = this.#ground;
    const standings = new Map<string, Standing>();
    visit.standings = standings;
    const original = visit.field.original()?.target.id ?? null;
    const first = original === null ? undefined : visit.course.members.find(({ key }) => key === `target:${original}`);
    if (first !== undefined) yield first;
    const others = inOrder(visit.course, {
      ...{ moment: visit.field.moment, memory, random, campaignId: this.course.campaign.id, sourceId },
      mayCome: (member) => member.kind === 'group' || this.#mayRing(visit, member.planned),
      standings,
    });
    for (const member of others) if (member !== first) yield member;
  }

  #mayRing({ field }: GroupVisit, planned: PlannedTarget): boolean {
    if (this.#rung?.has(planned.target.id) === true) return false;
    return field.isEligible(planned) && field.isDearEnough(planned);
  }

  #offerOf(visit: GroupVisit, planned: PlannedTarget, bids: OffersOfGroup): Offer | null {
    if (!this.#mayRing(visit, planned)) return null;
    return planned.target.pricing.kind === 'bid' ? bids.bidOf(planned.target.id) : staticOffer(planned);
  }
}
