/** What a plan's walk and whoever drives it say to each other: where the call stands, what is to be done next, and how that went. */

import type { Offer } from '../bidding/offer.js';
import type { DialStep } from '../routing/dial-step.js';
import type { RoutingField } from '../routing/routing-field.js';
import type { Standing } from './group-order.js';
import type { CourseGroup } from './plan-course.js';

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

export const NO_OFFERS: OffersOfGroup = { offerAt: () => null, bidOf: () => null };

export const offersOf = (answer: PlanAnswer): OffersOfGroup => (answer.kind === 'offers' ? answer.offers : NO_OFFERS);

/** Also of an answer that does not say so. */
export const hasRung = (answer: PlanAnswer): boolean => answer.kind !== 'dialled' || answer.isRung;
