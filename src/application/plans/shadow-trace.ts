/** Explains what a shadow chose, in the words of every decision trace. Hears of the replay while it walks. */
import type { Auction } from '../../domain/bidding/auction.js';
import type { Offer } from '../../domain/bidding/offer.js';
import { formatMicros } from '../../domain/money/money.js';
import type { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { ReplayWatcher } from '../../domain/plans/replay-call.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import { noteBid } from '../sale/run-auction.js';
import { TraceBuilder } from '../sale/trace-builder.js';

type HeardBids = Parameters<ReplayWatcher['onAuction']>[2];

export class ShadowTrace implements ReplayWatcher {
  readonly #configurationVersion: number;
  #walk: PlanWalk | null = null;
  #builder: TraceBuilder | null = null;
  #trace: DecisionTrace | null = null;

  constructor(configurationVersion: number) {
    this.#configurationVersion = configurationVersion;
  }

  /** Null when nothing was walked. */
  get trace(): DecisionTrace | null {
    this.#trace ??= this.#builder?.build(this.#configurationVersion) ?? null;
    return this.#trace;
  }

  onBegun(walk: PlanWalk): void {
    this.#walk = walk;
    this.#builder = new TraceBuilder(walk);
  }

  onAuction({ visit, until }: Parameters<ReplayWatcher['onAuction']>[0], auction: Auction, bids: HeardBids): void {
    const { campaign } = this.#walk?.course ?? {};
    const notes = this.#builder?.notesOf(visit);
    if (campaign === undefined || notes === undefined) return;
    for (const { target } of visit.field.bidding()) {
      const bid = bids.get(target.id);
      const isBid = bid?.outcome === 'bid' && bid.amountMicros !== null;
      const values =
        bid === undefined
          ? 'not asked: a shadow asks only bidders that allow it'
          : `${bid.latencyMs} ms: ${isBid ? `bids ${formatMicros(bid.amountMicros ?? 0, campaign.currency)}` : `no bid: ${bid.outcome}`}`;
      notes.add(target.id, check('ping', isBid, values, 'an accepted bid in time'));
      if (!isBid || bid.amountMicros === null) continue;
      const offer = auction.bidOf(target.id);
      const verdict = offer === null ? ({ kind: 'none' } as const) : ({ kind: 'offer', offer } as const);
      noteBid(notes, target, bid.amountMicros, verdict, { campaign, until });
    }
    if (until === 'first') notes.rankBy(() => auction.ranking());
  }

  onDialled({ visit, step }: Parameters<ReplayWatcher['onDialled']>[0]): void {
    this.#builder?.offer(visit, step.offers);
  }

  onFailed({ target }: Offer): void {
    this.#builder?.add(target.id, check('dial', false, 'he did not take this call', 'a target that takes the call'));
    this.#builder?.fail(target.id);
  }

  /** Made in this turn: what the replay comes to behind him is no part of the decision. */
  onTaken({ target, amountMicros }: Offer): void {
    this.#builder?.win(target.id, amountMicros);
    this.#trace = this.#builder?.build(this.#configurationVersion) ?? null;
  }
}
