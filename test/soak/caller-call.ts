/** One call of a soak caller from INVITE to its end: what its kind says, step by step, and what came of it. */
import type { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { audioOf, phoneSdp } from '../../src/embedded/phone/phone-media.js';
import type { ClientTransaction } from '../../src/embedded/sip/client-transaction.js';
import { SipDialog } from '../../src/embedded/sip/sip-dialog.js';
import type { SipTarget } from '../../src/embedded/sip/sip-endpoint.js';
import { SipRequest, type SipResponse } from '../../src/embedded/sip/sip-message.js';
import type { SipStack } from '../../src/embedded/sip/sip-stack.js';
import { BUYER_HZ } from '../e2e/tone-prompts.js';
import type { CallKind } from './call-kinds.js';

export interface PlacedCall {
  readonly kind: CallKind;
  readonly callerNumber: string;
  readonly calledNumber: string;
  /** Settles when a buyer rings for this caller. */
  readonly rings: Promise<void>;
}

export interface CallReport {
  readonly sipCallId: string;
  /** Final status of the INVITE; null when none came. */
  readonly status: number | null;
  readonly ended: CallEnd;
  readonly hasHeardBuyer: boolean;
  /** From the INVITE to its 200, null without one. */
  readonly answerMs: number | null;
}

/** `stuck`: the call did not end by itself and was given up. */
type CallEnd = 'us' | 'far end' | 'not answered' | 'stuck';

export interface CallerCallParts {
  readonly stack: SipStack;
  readonly target: SipTarget;
  readonly media: TonePhoneMedia;
  readonly placed: PlacedCall;
  readonly sipCallId: string;
}

/** Longer than any call of the mix lasts, the 32 s of a missing ACK included. */
const STUCK_AFTER_MS = 60_000;
const HOLD_MS = 300;
const STRANGER_PATIENCE_MS = 1_000;

export class CallerCall {
  dialog: SipDialog | null = null;
  readonly media: TonePhoneMedia;
  readonly contact: string;
  onDialog: (key: string) => void = () => undefined;
  readonly #parts: CallerCallParts;
  readonly #startedMs = performance.now();
  #transaction: ClientTransaction | null = null;
  #status: number | null = null;
  #answerMs: number | null = null;
  #hasHeardBuyer = false;
  #sdpVersion = 1;
  #finish: (ended: CallEnd) => void = () => undefined;

  constructor(parts: CallerCallParts) {
    this.#parts = parts;
    this.media = parts.media;
    const suffix = parts.target.transport === 'tcp' ? ';transport=tcp' : '';
    this.contact = `<sip:caller@${parts.stack.hostPortFor(parts.target)}${suffix}>`;
  }

  async run(): Promise<CallReport> {
    const { stack, sipCallId, placed } = this.#parts;
    const stuck = stack.clock.schedule(STUCK_AFTER_MS, () => this.finish('stuck'));
    const ended = await new Promise<CallEnd>((resolve) => {
      this.#finish = resolve;
      this.#invite();
      if (placed.kind.end.kind === 'cancels') this.#transaction?.cancel();
      if (placed.kind.end.kind === 'gives-up') {
        stack.clock.schedule(STRANGER_PATIENCE_MS, () => void this.#transaction?.cancel());
      }
    });
    stuck.cancel();
    return { sipCallId, status: this.#status, ended, hasHeardBuyer: this.#hasHeardBuyer, answerMs: this.#answerMs };
  }

  finish(ended: CallEnd): void {
    this.#finish(ended);
  }

  #invite(): void {
    const { stack, target, placed, sipCallId } = this.#parts;
    const uri = `sip:${placed.calledNumber}@${target.address}:${target.port}`;
    const invite = new SipRequest('INVITE', uri);
    invite.headers
      .append('From', `<sip:${placed.callerNumber}@${this.media.address}>;tag=${sipCallId.slice(0, 8)}`)
      .append('To', `<${uri}>`)
      .append('Call-ID', sipCallId)
      .append('CSeq', '1 INVITE')
      .append('Contact', this.contact);
    if (!placed.kind.isDelayedOffer) invite.setBody('application/sdp', this.#sdp('sendrecv'));
    this.#transaction = stack.request(
      invite,
      {
        onFinal: (response) => this.#onFinal(invite, response),
        onTimeout: () => this.finish('not answered'),
        onTransportError: () => this.finish('not answered'),
      },
      target,
    );
  }

  #sdp(direction: 'sendrecv' | 'sendonly'): string {
    const text = phoneSdp(this.media.address, this.media.port, this.#sdpVersion);
    this.#sdpVersion += 1;
    return text.replace('a=sendrecv', `a=${direction}`);
  }

  #onFinal(invite: SipRequest, response: SipResponse): void {
    this.#status = response.status;
    if (response.status >= 300) {
      this.finish('not answered');
      return;
    }
    const { kind } = this.#parts.placed;
    this.#answerMs = performance.now() - this.#startedMs;
    const dialog = SipDialog.ofClient(invite, response);
    this.dialog = dialog;
    this.onDialog(dialog.key);
    const audio = audioOf(response.body.toString('latin1'));
    if (audio !== null && !kind.isSilent) this.media.setRemote(audio.address, audio.port, 0);
    if (kind.end.kind === 'never-acknowledges') return;
    const ack = dialog.createAck(1);
    if (kind.isDelayedOffer) ack.setBody('application/sdp', this.#sdp('sendrecv'));
    this.#transaction?.acknowledge(ack, undefined, this.#parts.target);
    void this.media.hears(BUYER_HZ).then(() => {
      this.#hasHeardBuyer = true;
    });
    void this.#carryOn();
  }

  async #carryOn(): Promise<void> {
    const { placed } = this.#parts;
    const { end, does } = placed.kind;
    switch (end.kind) {
      case 'talks':
        await this.media.hears(BUYER_HZ);
        if (does === 'dtmf') this.media.sendDtmf('1#');
        if (does === 'hold') await this.#holdAndReturn();
        await this.#lasts(end.forMs);
        return this.#hangup();
      case 'hangs-up':
        await this.#lasts(end.afterAnswerMs);
        return this.#hangup();
      case 'hangs-up-when-it-rings':
        await placed.rings;
        return this.#hangup();
      // A 200 that crossed the CANCEL, or that nobody should have sent.
      case 'cancels':
      case 'gives-up':
        return this.#hangup();
      case 'stays':
      case 'never-acknowledges':
        return;
    }
  }

  /** A part of the call, not a pause of the test: the time for which the caller does nothing. */
  #lasts(ms: number): Promise<void> {
    const { clock } = this.#parts.stack;
    return new Promise((resolve) => void clock.schedule(ms, resolve));
  }

  async #holdAndReturn(): Promise<void> {
    await this.#reinvite('sendonly');
    await this.#lasts(HOLD_MS);
    await this.#reinvite('sendrecv');
  }

  #reinvite(direction: 'sendrecv' | 'sendonly'): Promise<void> {
    const { dialog } = this;
    if (dialog === null) return Promise.resolve();
    const { stack, target } = this.#parts;
    const invite = dialog.createRequest('INVITE');
    invite.headers.append('Contact', this.contact);
    invite.setBody('application/sdp', this.#sdp(direction));
    return new Promise((resolve) => {
      const transaction = stack.request(
        invite,
        {
          onFinal: (response) => {
            if (response.status < 300) transaction.acknowledge(dialog.createAck(dialog.localCSeq), undefined, target);
            resolve();
          },
          onTimeout: resolve,
          onTransportError: () => resolve(),
        },
        target,
      );
    });
  }

  #hangup(): void {
    const { stack, target } = this.#parts;
    if (this.dialog === null) {
      this.finish('not answered');
      return;
    }
    const done = (): void => this.finish('us');
    stack.request(this.dialog.createRequest('BYE'), { onFinal: done, onTimeout: done, onTransportError: done }, target);
  }
}
