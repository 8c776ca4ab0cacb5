/**
 * Rebuilds both dialogs of a leg by re-INVITE (RFC 3261 section 14) while its audio goes on: after this process has taken the leg over from
 * one that is gone, and after drachtio has come back. FreeSWITCH first, which is offered what the far end last said; its answer, whose
 * version it has raised itself (RFC 3264 section 8), is the offer to the far end.
 */
import type { Clock } from '../../../application/ports/clock.js';
import { messageOf, withDeadline } from '../deadline.js';
import { evictDialogs } from '../drachtio/evict-dialogs.js';
import { isSameMedia, newerThan } from '../sip/session-description.js';
import type { InDialogAnswer, SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';

export type Revival =
  | { readonly kind: 'alive' }
  /** This side no longer has the dialog. */
  | { readonly kind: 'gone'; readonly side: 'far-end' | 'media-server'; readonly detail: string }
  /** It would not, or could not be asked; the audio may go on. */
  | { readonly kind: 'failed'; readonly detail: string };

/** The dialog is gone for certain (RFC 5057 section 5.1); 487 answers an INVITE that a BYE has crossed (RFC 3261 section 15.1.2). */
const GONE: ReadonlySet<number> = new Set([404, 410, 416, 480, 481, 482, 483, 484, 485, 487, 502, 604]);
const ATTEMPTS = 3;
/** RFC 3261 section 14.1: whoever does not own the Call-ID waits up to 2 s, in units of 10 ms; the owner from 2.1 to 4 s. */
const GLARE_UNIT_MS = 10;

/** Never rejects. */
export async function reviveLeg(context: TelephonyContext, far: SipDialog, media: SipDialog): Promise<Revival> {
  const { remoteSdp } = far;
  if (remoteSdp === null) return { kind: 'failed', detail: 'the SDP of the far end is not known' };
  far.isRenegotiating = true;
  media.isRenegotiating = true;
  try {
    // After an attempt that failed half-way one of them is ours at drachtio, and its eviction would come to us as a hang-up.
    far.hide();
    media.hide();
    await evictDialogs(context, [far.facts, media.facts]);
    const inner = await insist(context, media, remoteSdp);
    if (inner.kind !== 'accepted') return { ...inner, side: 'media-server' };
    inner.answer.acknowledge();
    const outer = await insist(context, far, newerThan(inner.answer.sdp ?? far.localSdp ?? '', far.localSdp));
    if (outer.kind !== 'accepted') return { ...outer, side: 'far-end' };
    outer.answer.acknowledge();
    await settle(context, far, media, outer.answer.sdp);
    return { kind: 'alive' };
  } catch (error) {
    return { kind: 'failed', detail: messageOf(error) };
  } finally {
    far.isRenegotiating = false;
    media.isRenegotiating = false;
  }
}

type Insisted =
  | { readonly kind: 'accepted'; readonly answer: InDialogAnswer }
  | { readonly kind: 'gone' | 'failed'; readonly detail: string };

/** A re-INVITE, repeated after glare. `in-dialog` when drachtio has the dialog. Rejects when the link is lost, or at the deadline. */
export async function insist(
  context: TelephonyContext,
  dialog: SipDialog,
  offer: string,
  way: 'in-dialog' | 'anew' = 'anew',
): Promise<Insisted> {
  const { clock, deadlines } = context;
  for (let attempt = 1; ; attempt += 1) {
    const reviving = way === 'anew' ? dialog.revive(offer) : dialog.request('INVITE', offer);
    const answer = await withDeadline(clock, deadlines.requestMs, 'a re-INVITE', reviving).catch((error: unknown) => {
      // One that comes too late must not be repeated for want of an ACK.
      reviving.then(acknowledgeLate, () => undefined);
      if (way === 'anew') dialog.giveUpRevival();
      throw error;
    });
    const { sipStatus } = answer;
    if (sipStatus < 300) {
      dialog.localSdp = offer;
      return { kind: 'accepted', answer };
    }
    const detail = `${sipStatus} to the re-INVITE`;
    if (GONE.has(sipStatus) || dialog.isOver) return { kind: 'gone', detail };
    const waitMs = waitBefore(answer, dialog.isOurs);
    if (attempt === ATTEMPTS || waitMs === null) return { kind: 'failed', detail };
    await pause(clock, waitMs);
  }
}

function acknowledgeLate(answer: InDialogAnswer): void {
  if (answer.sipStatus < 300) answer.acknowledge();
}

/** How long to wait before the next attempt; null: it would be refused again. */
function waitBefore({ sipStatus, retryAfterSeconds }: InDialogAnswer, isOurs: boolean): number | null {
  if (sipStatus === 491) return GLARE_UNIT_MS * (isOurs ? 210 + Math.random() * 190 : Math.random() * 200);
  if (sipStatus === 500 || sipStatus === 503) return Math.min(retryAfterSeconds ?? 1, 3) * 1_000;
  return null;
}

function pause(clock: Clock, waitMs: number): Promise<void> {
  return new Promise((resolve) => void clock.startTimer(waitMs, resolve));
}

/** The far end may have moved its audio since: FreeSWITCH is told. */
export async function settle(
  context: TelephonyContext,
  far: SipDialog,
  media: SipDialog,
  answer: string | null,
): Promise<void> {
  if (far.localSdp !== null) media.remoteSdp = far.localSdp;
  if (answer === null) return;
  const isMoved = !isSameMedia(answer, far.remoteSdp);
  far.remoteSdp = answer;
  if (!isMoved) return;
  const { clock, deadlines } = context;
  const told = await withDeadline(clock, deadlines.requestMs, 'a re-INVITE', media.request('INVITE', answer));
  if (told.sipStatus < 300) told.acknowledge();
}
