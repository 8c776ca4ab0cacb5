/**
 * Walks a plan for one call: says what is to be done next, and goes no further until it is told how that went. Pure but for its
 * own fields and the turns that it takes: it sends no ping and dials nobody. Calls and simulations ask the same walk.
 */

import { Margins } from '../bidding/margin.js';
import { type Offer, staticOffer } from '../bidding/offer.js';
import { drawOne } from '../bidding/weighted-draw.js';
import type { DialStep } from '../routing/dial-step.js';
import type { Moment } from '../routing/eligibility.js';
import { RoutingField } from '../routing/routing-field.js';
import { mayEnter } from './group-admission.js';
import { inOrder, type Standing } from './group-order.js';
import type { CourseGroup, CourseMember, PlanCourse } from './plan-course.js';
import {
  type GroupVisit,
  hasRung,
  NO_OFFERS,
  type OffersOfGroup,
  offersOf,
  type PlanAnswer,
  type PlanMove,
} from './plan-move.js';
import type { PlannedTarget } from './planned-target.js';
import type { WalkGround } from './walk-ground.js';

interface OpenVisit extends GroupVisit {
  drawn: string | null;
  standings: ReadonlyMap<string, Standing>;
}

/** What a group asks of the walk beside its moves: that the call goes through a group inside it first. */
type GroupMove = Exclude<PlanMove, { kind: 'end' }> | { readonly kind: 'enter'; readonly inner: CourseGroup };

/** One group, from the call's coming to its leaving. Answers whether anybody was rung. */
type Walking = Generator<GroupMove, boolean, PlanAnswer>;

const NO_STANDINGS: ReadonlyMap<string, Standing> = new Map();

export class PlanWalk {
  readonly course: PlanCourse;
  readonly #ground: WalkGround;
  readonly #visits: OpenVisit[] = [];
  /** Visits before this one have the load of their moment kept. */
  #kept = 0;
  /** Of the step that the call is dialling now. */
  #ringing: readonly Offer[] = [];
  /** Those of the steps before. Made when there is one: most calls ring one target. */
  #rung: Set<string> | null = null;
  /** The groups that the call is in, the outermost first; null before the first move. */
  #within: Walking[] | null = null;
  #moment: Moment | null = null;

  constructor(course: PlanCourse, ground: WalkGround) {
    this.course = course;
    this.#ground = ground;
    if (ground.spent !== undefined) this.#rung = new Set(ground.spent.keys());
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
    this.#noteRung();
    this.#moment = null;
    let heard: PlanAnswer = answer;
    if (this.#within === null) {
      this.#within = [];
      this.#enter(this.course.root, this.#within);
    }
    const within = this.#within;
    for (let innermost = within.at(-1); innermost !== undefined; innermost = within.at(-1)) {
      const { value, done } = innermost.next(heard);
      if (done === true) {
        within.pop();
        heard = { kind: 'dialled', isRung: value };
      } else if (value.kind !== 'enter') {
        return value;
      } else if (!this.#enter(value.inner, within)) {
        heard = { kind: 'dialled', isRung: false };
      }
    }
    return { kind: 'end' };
  }

  /** To be called in the turn of `next`: what is looked at later is judged by the values of the decision. */
  keepLoad(load: () => Pick<Moment, 'usedSlots' | 'usedCap'>): void {
    if (this.#kept === this.#visits.length) return;
    const used = load();
    for (const { field } of this.#visits.slice(this.#kept)) field.keepLoad(used);
    this.#kept = this.#visits.length;
  }

  #noteRung(): void {
    if (this.#ringing.length === 0) return;
    this.#rung ??= new Set();
    for (const { target } of this.#ringing) this.#rung.add(target.id);
    this.#ringing = [];
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
    const { seats, margin } = course;
    const { campaign } = this.course;
    const margins = margin === null ? null : new Margins(margin, seats.planned, campaign.id, this.#ground);
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

  /** Comes to the group in this turn; false when the call may not come in. */
  #enter(course: CourseGroup, within: Walking[]): boolean {
    const visit = this.#come(course);
    if (visit.isOpen) within.push(this.#walkingOf(visit));
    return visit.isOpen;
  }

  #walkingOf(visit: OpenVisit): Walking {
    switch (visit.course.strategyKind) {
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

  /** Whether bids are needed for the targets of a group that does not go by price. */
  #isBiddenFor({ field }: GroupVisit): boolean {
    const { bidding } = field.plan;
    return bidding.length > 0 && bidding.some((planned) => field.isEligible(planned));
  }

  #dialling(
    visit: GroupVisit,
    offers: readonly Offer[],
    mode: DialStep['mode'] = 'one',
    intervalMs = 0,
  ): PlanMove & { kind: 'dial' } {
    this.#ringing = offers;
    const hedgeAfterMs = mode === 'one' ? visit.course.hedgeAfterMs : null;
    return { kind: 'dial', visit, step: { offers, mode, intervalMs, hedgeAfterMs } };
  }

  *#auction(visit: GroupVisit): Walking {
    const offers = offersOf(yield { kind: 'ask', visit, until: 'first' });
    const atOnce = visit.course.hedgeAfterMs === null ? 1 : 2;
    let isRung = false;
    let step: Offer[] = [];
    for (let place = 0; ; place += 1) {
      const offer = offers.offerAt(place);
      if (offer !== null && this.#rung?.has(offer.target.id) !== true) step.push(offer);
      if (step.length > 0 && (offer === null || step.length === atOnce)) {
        isRung = hasRung(yield this.#dialling(visit, step)) || isRung;
        step = [];
      }
      if (offer === null) return isRung;
    }
  }

  /** One member alone, whatever becomes of the call there. */
  *#share(visit: OpenVisit): Walking {
    const bids = this.#isBiddenFor(visit) ? offersOf(yield { kind: 'ask', visit, until: 'all' }) : NO_OFFERS;
    const isLeft = (member: CourseMember): boolean => {
      if (member.weight <= 0) return false;
      return member.kind === 'group'
        ? mayEnter(member.inner, visit.field.moment)
        : this.#mayRing(visit, member.planned);
    };
    const member = drawOne([visit.course.byWeight], isLeft, this.#ground.random);
    if (member === null) return false;
    visit.drawn = member.key;
    const move = this.#moveTo(visit, member, bids);
    return move !== null && hasRung(yield move);
  }

  *#takingTurns(visit: OpenVisit): Walking {
    const bids = this.#isBiddenFor(visit) ? offersOf(yield { kind: 'ask', visit, until: 'all' }) : NO_OFFERS;
    let isAnyRung = false;
    for (const member of this.#inOrder(visit)) {
      if (member.kind === 'target' && this.#offerOf(visit, member.planned, bids) === null) continue;
      // Before it is asked or rung, so that of two calls at once the second goes to the next member.
      const giveBack = this.#ground.memory.takeTurn(visit.course.key, member.key);
      const move = this.#moveTo(visit, member, bids);
      if (move !== null && hasRung(yield move)) isAnyRung = true;
      else giveBack();
    }
    return isAnyRung;
  }

  *#oneAfterAnother(visit: OpenVisit): Walking {
    const bids = this.#isBiddenFor(visit) ? offersOf(yield { kind: 'ask', visit, until: 'all' }) : NO_OFFERS;
    const atOnce = visit.course.hedgeAfterMs === null ? 1 : 2;
    let isRung = false;
    let step: Offer[] = [];
    for (const member of this.#inOrder(visit)) {
      if (member.kind === 'target') {
        const offer = this.#offerOf(visit, member.planned, bids);
        if (offer !== null) step.push(offer);
        if (step.length < atOnce) continue;
      }
      if (step.length > 0) isRung = hasRung(yield this.#dialling(visit, step)) || isRung;
      step = [];
      if (member.kind === 'group') isRung = hasRung(yield { kind: 'enter', inner: member.inner }) || isRung;
    }
    if (step.length > 0) isRung = hasRung(yield this.#dialling(visit, step)) || isRung;
    return isRung;
  }

  *#together(visit: OpenVisit): Walking {
    const bids = this.#isBiddenFor(visit) ? offersOf(yield { kind: 'ask', visit, until: 'all' }) : NO_OFFERS;
    const offers: Offer[] = [];
    for (const member of this.#inOrder(visit)) {
      const offer = member.kind === 'target' ? this.#offerOf(visit, member.planned, bids) : null;
      if (offer !== null) offers.push(offer);
    }
    if (offers.length === 0) return false;
    const { strategy } = visit.course.group;
    if (strategy.kind !== 'staggered') return hasRung(yield this.#dialling(visit, offers, 'simultaneous'));
    return hasRung(yield this.#dialling(visit, offers, 'staggered', strategy.intervalMs));
  }

  /** Into the group, or to dial the target; null when it offers nothing. */
  #moveTo(visit: GroupVisit, member: CourseMember, bids: OffersOfGroup): GroupMove | null {
    if (member.kind === 'group') return { kind: 'enter', inner: member.inner };
    const offer = this.#offerOf(visit, member.planned, bids);
    return offer === null ? null : this.#dialling(visit, [offer]);
  }

  #inOrder(visit: OpenVisit): Iterable<CourseMember> {
    const { course, field } = visit;
    const ordered = course.strategyKind === 'sequential' ? course.members : this.#ordered(visit);
    const original = field.original()?.target.id ?? null;
    const first = original === null ? undefined : course.members.find(({ key }) => key === `target:${original}`);
    return first === undefined ? ordered : leading(first, ordered);
  }

  #ordered(visit: OpenVisit): Iterable<CourseMember> {
    const { memory, sourceId, random } = this.#ground;
    const standings = new Map<string, Standing>();
    visit.standings = standings;
    return inOrder(visit.course, {
      moment: visit.field.moment,
      memory,
      campaignId: this.course.campaign.id,
      sourceId,
      random,
      mayCome: (member) => member.kind === 'group' || this.#mayRing(visit, member.planned),
      standings,
    });
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

/** Whoever had the caller first and is to have him again comes before the order of the group. */
function* leading(first: CourseMember, ordered: Iterable<CourseMember>): Iterable<CourseMember> {
  yield first;
  for (const member of ordered) if (member !== first) yield member;
}
