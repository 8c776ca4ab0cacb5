/**
 * What becomes of the calls of a FreeSWITCH that has gone: each is moved to another of the pool, or to the same one as soon as it is back.
 * What cannot be moved in time is ended on both sides. Called by telephony.ts when an event socket is refused, stays away, or comes
 * back without its channels.
 */
import { MediaLeg } from '../legs/media-leg.js';
import type { TelephonyContext } from '../telephony-context.js';
import { moveLegs } from './move-legs.js';

/** Between two rounds through the pool, while no server takes the call. */
const ROUND_MS = 200;
/** So many calls at a time: a FreeSWITCH takes 30 new sessions a second unless it is told otherwise. */
const AT_ONCE = 15;

type Tried = { readonly kind: 'moved' } | { readonly kind: 'there' } | { readonly kind: 'no'; readonly detail: string };

export class CallRescue {
  readonly #context: TelephonyContext;
  /** Calls that are being moved. */
  readonly #underWay = new Set<string>();

  constructor(context: TelephonyContext) {
    this.#context = context;
  }

  /** Never rejects; `limitMs` 0 tries each server once. Its audio has been away since `lostAtMs`, on the monotonic clock. */
  async serverGone(mediaServer: string, lostAtMs: number, limitMs: number): Promise<void> {
    await this.#rescue(this.#legsOf(mediaServer), lostAtMs, limitMs);
  }

  /** The event socket is back: whoever is still there goes on, the others are moved. Never rejects. */
  async serverBack(mediaServer: string, lostAtMs: number, limitMs: number): Promise<void> {
    const legs = this.#legsOf(mediaServer).filter(({ callId }) => !this.#underWay.has(callId));
    const asked = await Promise.all(legs.map(async (leg) => ({ leg, isThere: await leg.resync() })));
    await this.#rescue(
      asked.filter(({ isThere }) => !isThere).map(({ leg }) => leg),
      lostAtMs,
      limitMs,
    );
  }

  #legsOf(mediaServer: string): MediaLeg[] {
    return this.#context.legs
      .list(mediaServer)
      .filter((leg) => leg instanceof MediaLeg)
      .filter(({ hasEnded }) => !hasEnded);
  }

  async #rescue(legs: readonly MediaLeg[], lostAtMs: number, limitMs: number): Promise<void> {
    const endsAtMs = this.#context.clock.monotonicMs() + limitMs;
    const calls = new Map<string, MediaLeg[]>();
    // A supervisor goes with the server on which he listened.
    for (const leg of legs)
      if (leg.isListener) leg.loseLink('NETWORK_OUT_OF_ORDER', 'the media server on which he listened was lost');
    for (const leg of legs) if (!leg.isListener) calls.set(leg.callId, [...(calls.get(leg.callId) ?? []), leg]);
    // Whoever talks comes first.
    const waiting = [...calls.values()].sort((one, other) => other.length - one.length);
    const work = async (): Promise<void> => {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift())
        await this.#rescueCall(call, lostAtMs, endsAtMs);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  async #rescueCall(legs: readonly MediaLeg[], lostAtMs: number, endsAtMs: number): Promise<void> {
    const [first] = legs;
    if (first === undefined || this.#underWay.has(first.callId)) return;
    const { clock, log } = this.#context;
    const { callId, mediaServer: from } = first;
    this.#underWay.add(callId);
    try {
      const tried = await this.#tryAll(legs, from, endsAtMs);
      const left = legs.filter(({ hasEnded }) => !hasEnded);
      const gapMs = Math.round(clock.monotonicMs() - lostAtMs);
      if (tried.kind === 'there') return;
      if (tried.kind === 'moved') {
        if (left.length > 0) log.warn({ callId, from, to: left[0]?.mediaServer, gapMs }, 'a call was moved');
        for (const leg of left) leg.onMoved(from, gapMs);
      } else {
        log.error({ callId, detail: tried.detail }, 'a call was lost with its media server');
        for (const leg of left) leg.loseLink('NETWORK_OUT_OF_ORDER', tried.detail, gapMs);
      }
      // Now and no sooner: the next buyer is dialled where the caller is then.
      this.#context.legs.giveUpRinging(from, callId);
    } finally {
      this.#underWay.delete(callId);
    }
  }

  async #tryAll(legs: readonly MediaLeg[], from: string, endsAtMs: number): Promise<Tried> {
    const { clock, mediaServers } = this.#context;
    const lost = `media server ${from} was lost`;
    for (;;) {
      const left = legs.filter(({ hasEnded }) => !hasEnded);
      if (left.length === 0) return { kind: 'there' };
      // A buyer without his caller, and a leg that cannot begin again, have nothing to be moved for.
      if (!left.some(({ side }) => side === 'a'))
        return { kind: 'no', detail: `media server ${from} no longer has the buyer's channel` };
      if (left.some(({ renewal }) => renewal === null))
        return { kind: 'no', detail: `${lost}: what the caller heard or said cannot be begun again elsewhere` };
      if (mediaServers.find(from)?.isUp === true && (await areThere(left))) return { kind: 'there' };
      const refusals: string[] = [];
      for (const server of mediaServers.candidates()) {
        const moving = await moveLegs(this.#context, left, server);
        if (moving.kind === 'moved') return moving;
        refusals.push(`${server.name} did not take the call (${moving.detail})`);
      }
      const detail = refusals.length === 0 ? 'no other was up to take the call' : refusals.join(', ');
      if (clock.monotonicMs() >= endsAtMs) return { kind: 'no', detail: `${lost}: ${detail}` };
      await new Promise<void>((resolve) => void clock.startTimer(ROUND_MS, resolve));
    }
  }
}

async function areThere(legs: readonly MediaLeg[]): Promise<boolean> {
  const answers = await Promise.all(legs.map(({ channel }) => channel.tell('exists').catch(() => 'false')));
  return answers.every((answer) => answer.trim() === 'true');
}
