/**
 * The events of the live feed as text, made once for all followers: once with caller numbers masked, and once in full if
 * anybody may see them. Nothing is made while nobody follows, and nothing inside the flow of a call.
 */
import type { FeedEvent } from '../../application/operation/live-feed.js';
import { withoutCaller } from '../../domain/calls/mask-caller.js';
import { type CallView, callResource, stepResource } from './call-resource.js';

interface Texts {
  masked: string | null;
  whole: string | null;
}

/** What each step tells of its call; the rest is in the event that closes it. */
function briefOf(event: FeedEvent, view: CallView): object {
  const { id, state, outcome, trunkId, didId, campaignId, sourceId, buyerId, targetId, ...rest } = callResource(
    event.call,
    view,
  );
  const { callerNumber, calledNumber, startedAt } = rest;
  return {
    ...{ id, state, outcome, trunkId, didId, campaignId, sourceId, buyerId, targetId },
    ...{ callerNumber, calledNumber, startedAt },
  };
}

function textOf(event: FeedEvent, view: CallView): string {
  const { sequence, kind, call, entry } = event;
  const head = { type: kind, sequence, at: new Date(event.at).toISOString() };
  if (entry === null) return JSON.stringify({ ...head, call: callResource(call, view) });
  const step = stepResource(entry);
  const shown = view.showsNumbers ? step : withoutCaller(step, call.callerNumber);
  return JSON.stringify({ ...head, call: briefOf(event, view), ...shown });
}

export class FeedTexts {
  readonly #texts = new WeakMap<FeedEvent, Texts>();

  of(event: FeedEvent, view: CallView): string {
    const texts = this.#texts.get(event) ?? { masked: null, whole: null };
    this.#texts.set(event, texts);
    const form = view.showsNumbers ? 'whole' : 'masked';
    texts[form] ??= textOf(event, view);
    return texts[form];
  }
}
