/**
 * Answers a publisher's ping: admission and auction as for a call, then our bid with the number to send the call to, kept until
 * it expires. Called by the HTTP adapter for every shape of ping. What it says of a refusal names nothing of ours.
 */

import type { PingReservation } from '../../domain/bidding/ping-reservation.js';
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';
import type { Did } from '../../domain/campaigns/did.js';
import { admit } from '../../domain/routing/admission.js';
import { listedCaller } from '../callers/caller-lists.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { intakeSlots } from '../calls/intake-slots.js';
import type { SecretSource } from '../ports/secret-source.js';
import { fullIntakeCap } from '../sale/hold-caps.js';
import { bidForPing, type PingAuctionDependencies, type PingSubject } from './bid-for-ping.js';
import { PingRates } from './ping-rates.js';
import { type PingFault, type ReadPing, readPing, type SentPing } from './read-ping.js';

export const NO_BID_REASONS = [
  'disabled',
  'closed-or-capped',
  'caller-blocked',
  'caller-required',
  'no-capacity',
  'rate-limited',
  'unavailable',
] as const;
export type NoBidToPublisher = (typeof NO_BID_REASONS)[number];

export type PingAnswer =
  | {
      readonly kind: 'bid';
      readonly reservation: PingReservation;
      readonly phoneNumber: string;
      /** Null when the source has no SIP host. */
      readonly sipAddress: string | null;
      /** The same ping was answered before. */
      readonly isDuplicate: boolean;
      readonly expiresInMs: number;
    }
  | { readonly kind: 'no-bid'; readonly reason: NoBidToPublisher }
  | { readonly kind: 'wrong'; readonly faults: readonly PingFault[] };

export type PingResult = 'bid' | 'duplicate' | 'wrong' | NoBidToPublisher;

export interface PingDependencies extends PingAuctionDependencies {
  readonly configuration: CallDependencies['configuration'];
  readonly secrets: Pick<SecretSource, 'sha256'>;
  readonly maxCalls: number | null;
  /** Country of numbers in national form. */
  readonly country: string;
  readonly isOpen: () => boolean;
  readonly onAnswered: (sourceId: string, result: PingResult) => void;
}

const noBid = (reason: NoBidToPublisher): PingAnswer => ({ kind: 'no-bid', reason });

export class PingDesk {
  readonly #deps: PingDependencies;
  readonly #rates: PingRates;
  /** Auctions of this moment by their signature: the same ping sent twice at once is one. */
  readonly #underWay = new Map<string, Promise<PingAnswer>>();

  constructor(deps: PingDependencies) {
    this.#deps = deps;
    this.#rates = new PingRates(deps.clock);
  }

  /** Rejects only for a fault of ours, such as a store that cannot be written. */
  async answer(key: PublisherKey, sent: SentPing): Promise<PingAnswer> {
    const answer = await this.#judge(key, sent);
    this.#deps.onAnswered(key.sourceId, resultOf(answer));
    return answer;
  }

  async #judge(key: PublisherKey, sent: SentPing): Promise<PingAnswer> {
    const { deps } = this;
    if (!this.#rates.admits(key)) return noBid('rate-limited');
    if (!deps.isOpen()) return noBid('unavailable');
    const configuration = deps.configuration.current();
    const source = configuration.sources.get(key.sourceId);
    const campaign = configuration.campaigns.get(key.campaignId);
    const terms = source?.pings ?? null;
    if (source?.isActive !== true || campaign?.isActive !== true || terms === null) return noBid('disabled');
    const dids = [...configuration.didsByNumber.values()].filter(
      (did) => did.isActive && did.sourceId === source.id && did.campaignId === campaign.id,
    );
    const read = readPing(deps, sent, terms, dids);
    if (read.kind === 'wrong') return read;
    if (read.callerNumber === null && !terms.allowsUnknownCaller) return noBid('caller-required');
    const did = await this.#didFor(read, dids);
    if (did === null) return noBid('no-capacity');
    const signature = this.#signatureOf(key, read);
    const subject = { key, configuration, campaign, source, terms, did, read, signature };
    const refused = this.#refusal(subject);
    if (refused !== null) return noBid(refused);
    return signature === null ? await this.#hold(subject) : await this.#once(signature, subject);
  }

  get deps(): PingDependencies {
    return this.#deps;
  }

  /** With a caller the first number does, since the caller tells calls apart; without one the number must. */
  async #didFor(read: ReadPing, dids: readonly Did[]): Promise<Did | null> {
    const possible = read.did === null ? dids : [read.did];
    if (read.callerNumber !== null) return possible[0] ?? null;
    const claimed = await this.#deps.reservations.claimedDids(this.#deps.clock.wallMs());
    return possible.find(({ id }) => !claimed.includes(id)) ?? null;
  }

  #signatureOf(key: PublisherKey, { callerNumber, tags, did }: ReadPing): string | null {
    if (callerNumber === null) return null;
    const sorted = Object.entries(tags).sort(([left], [right]) => (left < right ? -1 : 1));
    return this.#deps.secrets.sha256(JSON.stringify([key.id, callerNumber, did?.id ?? null, sorted]));
  }

  #refusal({ configuration, campaign, source, did, read }: PingSubject): NoBidToPublisher | null {
    const { deps } = this;
    const callerNumber = read.callerNumber ?? '';
    const admission = admit(configuration, {
      ...{ calledNumber: did.number, calledUser: did.number, ...listedCaller(deps, { callerNumber }) },
      // A ping that names nobody is no caller who hides; a call follows it, and other pings precede none.
      ...{ isCallerPrivate: false, sinceLastCallMs: () => null, wallMs: deps.clock.wallMs() },
    });
    if (admission.kind === 'refused') {
      return admission.refusal.cause === 'CALL_REJECTED' ? 'caller-blocked' : 'closed-or-capped';
    }
    if (admission.closedFor !== null) return 'closed-or-capped';
    if (fullIntakeCap(deps.caps, { campaign, source }) !== null) return 'closed-or-capped';
    const anyTrunk = { id: '', maxInboundCalls: null };
    const isFull = intakeSlots(deps.maxCalls, anyTrunk, campaign, source).some(
      ({ key, limit }) => limit !== null && deps.slots.used(key) >= limit,
    );
    return isFull ? 'no-capacity' : null;
  }

  async #once(signature: string, subject: PingSubject): Promise<PingAnswer> {
    const { reservations, clock } = this.#deps;
    const first = this.#underWay.get(signature);
    if (first !== undefined) {
      const answer = await first;
      return answer.kind === 'bid' ? { ...answer, isDuplicate: true } : answer;
    }
    const answering = (async (): Promise<PingAnswer> => {
      const standing = await reservations.find(signature, clock.wallMs());
      return standing === null ? await this.#hold(subject) : this.#promise(subject, standing, true);
    })();
    this.#underWay.set(signature, answering);
    try {
      return await answering;
    } finally {
      this.#underWay.delete(signature);
    }
  }

  /** The auction; a bid is kept before it is told. */
  async #hold(subject: PingSubject): Promise<PingAnswer> {
    const reservation = await bidForPing(this.#deps, subject);
    if (reservation === null) return noBid('no-capacity');
    const isKept = await this.#deps.reservations.add(reservation);
    return isKept ? this.#promise(subject, reservation, false) : noBid('no-capacity');
  }

  #promise({ configuration, did, terms }: PingSubject, kept: PingReservation, isDuplicate: boolean): PingAnswer {
    const ofKept = [...configuration.didsByNumber.values()].find(({ id }) => id === kept.didId) ?? did;
    const { number: phoneNumber } = ofKept;
    const sipAddress = terms.sipHost === null ? null : `${phoneNumber}@${terms.sipHost}`;
    const expiresInMs = Math.max(0, kept.expiresAt - this.#deps.clock.wallMs());
    return { kind: 'bid', reservation: kept, phoneNumber, sipAddress, isDuplicate, expiresInMs };
  }
}

function resultOf(answer: PingAnswer): PingResult {
  if (answer.kind === 'bid') return answer.isDuplicate ? 'duplicate' : 'bid';
  return answer.kind === 'wrong' ? 'wrong' : answer.reason;
}
