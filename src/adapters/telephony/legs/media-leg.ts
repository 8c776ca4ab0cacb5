/**
 * One leg of a call: the dialog with the far end, the dialog with FreeSWITCH and the channel, which live and die together. Whatever
 * ends one of them ends all, once; caller-leg.ts and buyer-leg.ts build on it.
 *
 * States: up -> ended (the `ended` promise is settled) -> released (BYEs answered, recordings closed, out of every table).
 */
import { isDeepStrictEqual } from 'node:util';
import type { SrfRequest, SrfResponse } from 'drachtio-srf';
import type { LegEnd } from '../../../application/ports/telephony.js';
import { HANGUP_CAUSES, type HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { Leg } from '../../../domain/calls/leg.js';
import { messageOf, settledWithin } from '../deadline.js';
import { evictDialogs, forgetDialog } from '../drachtio/evict-dialogs.js';
import type { Channel } from '../event-socket/channel.js';
import { readInfoDigit } from '../sip/info-dtmf.js';
import { relayOffer } from '../sip/reinvite-relay.js';
import { bodyOf, isHold } from '../sip/session-description.js';
import type { DialogOwner, SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { LegRecordings } from './leg-recordings.js';
import type { TableLeg } from './leg-table.js';
import { type Revival, reviveLeg } from './revive-leg.js';
import { sayBye } from './say-outside.js';

/** Before each attempt to rebuild the dialogs of a leg whose audio goes on. */
const REVIVAL_WAITS_MS = [0, 500, 2_000];

/** As long as the shipped profile's rtp-hold-timeout-sec. */
export const HOLD_TIMEOUT_MS = 1_800_000;

/** How a leg is set up on another FreeSWITCH. */
export interface Renewal {
  readonly user: 'caller' | 'buyer';
  readonly headers: () => Record<string, string>;
  /** What is to be done again there. */
  readonly afterwards?: () => Promise<void>;
}

/** Two legs that talk: this one and its partner. */
export interface Bond {
  readonly buyer: MediaLeg;
  /** Joins them on the server to which both have moved. */
  readonly rejoin: () => Promise<void>;
}

export interface MediaLegParts {
  /** As it was journaled last. */
  readonly leg: Leg;
  /** Journals it anew; not awaited. */
  readonly onLeg: (leg: Leg) => Promise<void>;
  readonly far: SipDialog;
  readonly media: SipDialog;
  readonly channel: Channel;
}

export class MediaLeg implements TableLeg {
  readonly legId: string;
  readonly side: 'a' | 'b';
  readonly channel: Channel;
  readonly recordings: LegRecordings;
  readonly ended: Promise<LegEnd>;
  /** The event that the dialplan sends when the leg may be bridged has come, or been found to have been missed. */
  onResync: () => Promise<void> = () => Promise.resolve();
  readonly #context: TelephonyContext;
  /** The dialog with the far end. */
  readonly far: SipDialog;
  /** Null when what the leg does now cannot be begun again elsewhere. */
  renewal: Renewal | null = null;
  bond: Bond | null = null;
  /** It listens to two others, and is not moved with them. */
  isListener = false;
  /** A fax machine is on it, and may ask for T.38. */
  takesFax = false;
  /** The far end had hung up when its dialog was rebuilt. */
  leftUnseen = false;
  onMoved: (from: string, gapMs: number) => void = () => undefined;
  #media: SipDialog;
  readonly #onLeg: (leg: Leg) => Promise<void>;
  #leg: Leg;
  readonly #digitListeners = new Set<(digit: string) => void>();
  readonly #release: () => void;
  readonly #releases: (() => Promise<void>)[] = [];
  #settle: (end: LegEnd) => void = () => undefined;
  #end: LegEnd | null = null;
  #isOnHold = false;
  #teardown: Promise<void> | null = null;

  constructor(context: TelephonyContext, parts: MediaLegParts) {
    this.#context = context;
    this.legId = parts.leg.legId;
    this.side = parts.leg.side;
    this.#leg = parts.leg;
    this.#onLeg = parts.onLeg;
    this.channel = parts.channel;
    this.far = parts.far;
    this.#media = parts.media;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#release = context.legs.add(this);
    this.recordings = new LegRecordings(context, parts.channel);
    parts.channel.listen((event) => {
      if (event.name === 'DTMF') this.#onDigit(event.field('DTMF-Digit'));
    });
    parts.media.attach(this.#owner(parts.media, () => parts.far, 'media-server'));
    parts.far.attach(this.#owner(parts.far, () => this.#media, 'far-end'));
  }

  get mediaServer(): string {
    return this.channel.server.name;
  }

  get callId(): string {
    return this.#leg.callId;
  }

  /** By his far end: it may be silent. */
  get isOnHold(): boolean {
    return this.#isOnHold;
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  /** How it ended; null while it is up. */
  get end(): LegEnd | null {
    return this.#end;
  }

  /** Writes into the journal what has changed since the last time. */
  note(state: 'up' | 'ended' = 'up'): void {
    const { callId: sipCallId, ...facts } = this.far.facts;
    const { localSdp, remoteSdp, id: dialogId } = this.far;
    const mediaDialog = this.#media.journal();
    const { id: channelId, server } = this.channel;
    const where = { channelId, mediaServer: server.name, mediaDialog };
    const leg: Leg = { ...this.#leg, ...facts, ...where, sipCallId, localSdp, remoteSdp, dialogId, state };
    if (state === this.#leg.state && isDeepStrictEqual(leg, this.#leg)) return;
    this.#leg = leg;
    this.#onLeg(leg).catch((error: unknown) => {
      this.#context.log.error({ detail: messageOf(error) }, 'a leg could not be journaled');
    });
  }

  /**
   * Rebuilds both dialogs: drachtio does not know them, or holds them for a process that is gone. Settles when they stand, or the leg has
   * ended because a side no longer has its dialog. `failed` leaves the leg up: its audio may go on.
   */
  async revive(): Promise<Revival> {
    const revival = await reviveLeg(this.#context, this.far, this.#media);
    if (revival.kind === 'gone') {
      const { side: by, detail } = revival;
      this.leftUnseen = by === 'far-end' && !this.hasEnded;
      this.#context.log.info({ by, detail }, 'a leg ended while nobody could hear it');
      // Whoever no longer has the dialog need not be told.
      (by === 'far-end' ? this.far : this.#media).forget();
      this.finish({ by, cause: 'NORMAL_CLEARING', sipStatus: 200 });
    } else if (!this.hasEnded) this.note();
    return revival;
  }

  onDigit(listener: (digit: string) => void): void {
    this.#digitListeners.add(listener);
  }

  /** What else goes with the leg; it is waited for. It must not reject. */
  onTeardown(release: () => Promise<void>): void {
    if (this.hasEnded) void release();
    else this.#releases.push(release);
  }

  /** Idempotent; settles when both sides are told and the channel is gone, or at the deadline. */
  hangup(cause: HangupCause): Promise<void> {
    this.finish({ by: 'us', cause, sipStatus: HANGUP_CAUSES[cause].sipStatus });
    return this.#teardown ?? Promise.resolve();
  }

  loseLink(cause: HangupCause, detail: string, silentMs = 0): void {
    this.finish({ by: 'link', cause, sipStatus: HANGUP_CAUSES[cause].sipStatus, detail, silentMs });
  }

  async resync(): Promise<boolean> {
    try {
      if ((await this.channel.tell('exists')).trim() !== 'true') return false;
      await this.onResync();
    } catch (error) {
      // The channel may have ended between the two questions, or the link been lost again.
      this.#context.log.warn({ detail: messageOf(error) }, 'a channel could not be asked for');
    }
    return true;
  }

  /** FreeSWITCH's side of the leg is this dialog from now on; drachtio forgets the one before. */
  replaceMedia(dialog: SipDialog): void {
    const old = this.#media;
    this.#media = dialog;
    void forgetDialog(this.#context, old);
    dialog.attach(this.#owner(dialog, () => this.far, 'media-server'));
  }

  get media(): SipDialog {
    return this.#media;
  }

  /** The first end counts. */
  finish(end: LegEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#settle(end);
    this.#teardown = this.#tearDown(end.cause);
  }

  async regainLink(): Promise<void> {
    const { clock } = this.#context;
    let detail = 'drachtio was lost';
    for (const waitMs of REVIVAL_WAITS_MS) {
      if (waitMs > 0) await new Promise<void>((resolve) => void clock.startTimer(waitMs, resolve));
      if (this.hasEnded || !this.#context.drachtio.isUp) return;
      const revival = await this.revive();
      if (revival.kind !== 'failed') return;
      detail = `drachtio was lost, and the dialogs could not be rebuilt: ${revival.detail}`;
      this.#context.log.warn({ detail: revival.detail }, 'the dialogs of a leg could not be rebuilt');
    }
    this.loseLink('NETWORK_OUT_OF_ORDER', detail);
  }

  async #tearDown(cause: HangupCause): Promise<void> {
    const { clock, deadlines, drachtio, legs } = this.#context;
    if (!drachtio.isUp) {
      const { facts } = this.far;
      legs.oweFarewell(() => void sayBye(drachtio, facts, cause));
    }
    const released = Promise.all(this.#releases.splice(0).map((release) => release()));
    const { isUp } = this.channel.server;
    const mediaGone = isUp ? this.#media.bye(cause) : forgetDialog(this.#context, this.#media);
    const farewells = Promise.all([this.far.bye(cause), mediaGone]);
    await settledWithin(clock, deadlines.requestMs, farewells);
    const isMediaTold = this.#media.isTold;
    // A BYE from outside has left drachtio's dialog as it was.
    if (this.far.lacksRoutes) await evictDialogs(this.#context, [this.far.facts]);
    this.far.forget();
    this.#media.forget();
    // Without drachtio no BYE reaches FreeSWITCH; its own socket does.
    if (!isMediaTold || !this.#context.drachtio.isUp) await this.channel.tell('kill', cause).catch(() => undefined);
    if (!isUp && this.#end?.by === 'link') this.recordings.giveUp('its media server was lost');
    await Promise.all([released, this.recordings.settled()]);
    this.note('ended');
    this.channel.release();
    this.#digitListeners.clear();
    this.#release();
  }

  #owner(self: SipDialog, other: () => SipDialog, by: 'far-end' | 'media-server'): DialogOwner {
    const relay = async (request: SrfRequest, response: SrfResponse): Promise<void> => {
      if (by === 'far-end') await this.#allowSilence(bodyOf(request));
      await relayOffer(this.#context, self, other(), { request, response, mayBeFax: this.takesFax });
      if (!this.hasEnded) this.note();
    };
    return {
      bye: (cause, unsolicited) => this.#onBye(by, cause, unsolicited),
      invite: (request, response) => void relay(request, response),
      update: (request, response) => void relay(request, response),
      info: (request, response) => this.#onInfo(request, response),
    };
  }

  /** A far end on hold may send nothing. FreeSWITCH reads the limit anew when media is agreed, so it is told before. */
  async #allowSilence(offer: string | null): Promise<void> {
    if (offer === null || isHold(offer) === this.#isOnHold) return;
    this.#isOnHold = !this.#isOnHold;
    const timeoutMs = this.#isOnHold ? HOLD_TIMEOUT_MS : this.#context.mediaTimeoutMs;
    await this.channel.tell('setvar', 'media_timeout', String(timeoutMs)).catch((error: unknown) => {
      this.#context.log.warn({ detail: messageOf(error) }, 'the media time-out of a leg could not be set for its hold');
    });
  }

  #onBye(by: 'far-end' | 'media-server', cause: HangupCause, unsolicited: boolean): void {
    // drachtio ends a dialog by itself when its session timer ran out or no ACK came.
    if (unsolicited) this.finish({ by, cause: 'RECOVERY_ON_TIMER_EXPIRE', sipStatus: 408 });
    else this.finish({ by, cause, sipStatus: by === 'far-end' ? 200 : HANGUP_CAUSES[cause].sipStatus });
  }

  #onInfo(request: SrfRequest, response: SrfResponse): void {
    const digit = readInfoDigit(request.get('content-type'), request.body);
    if (digit === null) {
      this.#context.drachtio.respond(response, 415);
      return;
    }
    this.#context.drachtio.respond(response, 200);
    // FreeSWITCH ignores INFO on this profile; told by command, it treats the key as one that came in the audio.
    this.channel.tell('recv_dtmf', digit).catch(() => this.#onDigit(digit));
  }

  #onDigit(digit: string): void {
    if (!/^[0-9*#A-D]$/.test(digit)) return;
    for (const listener of this.#digitListeners) listener(digit);
  }
}
