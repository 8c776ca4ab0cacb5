/**
 * Session timers as drachtio 0.9.10 keeps them for its applications (RFC 4028): the server refreshes with a re-INVITE of its own that
 * the application never sees, and ends sessions whose peer does not refresh. Called by both halves; each timer belongs to its dialog.
 */
import { randomInt } from 'node:crypto';
import { parseParams } from '../sip/name-addr.js';
import type { SipResponse } from '../sip/sip-message.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import type { Switchboard } from './switchboard.js';

/** drachtio's Min-SE, in seconds: RFC 4028 section 4 allows no less. */
export const MIN_SE_SECONDS = 90;

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: 'uac' | 'uas' | undefined;
}

/** Parses a Session-Expires value; undefined when it is none. */
export function parseSessionExpires(value: string | undefined): SessionExpires | undefined {
  const digits = /^\s*(\d{1,9})/.exec(value ?? '')?.[1];
  if (value === undefined || digits === undefined) return undefined;
  const refresher = parseParams(value, value.indexOf(';')).get('refresher')?.toLowerCase();
  return { seconds: Number(digits), refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

export class SessionTimers {
  readonly #board: Switchboard;

  constructor(board: Switchboard) {
    this.#board = board;
  }

  /** Starts the timer anew: half the interval, give or take five seconds, when we refresh, the whole of it when they do. */
  set(dialog: DrachtioDialog, seconds: number, refresher: 'us' | 'them'): void {
    this.cancel(dialog);
    const delayMs = refresher === 'us' ? seconds * 500 + randomInt(10_000) - 5_000 : seconds * 1_000;
    const timer = this.#board.clock.schedule(Math.max(delayMs, 0), () => {
      dialog.sessionTimer = undefined;
      if (refresher === 'us') this.#refresh(dialog, seconds);
      else this.#board.hangUp(dialog, 'Session timer expired');
    });
    dialog.sessionTimer = { timer, seconds, refresher };
  }

  cancel(dialog: DrachtioDialog): void {
    dialog.sessionTimer?.timer.cancel();
    dialog.sessionTimer = undefined;
  }

  /** A 200 to an INVITE of ours: without a refresher it is us (RFC 4028 section 7.2 has the UAC refresh by default). */
  takeAnswer(dialog: DrachtioDialog, response: SipResponse): void {
    const expires = parseSessionExpires(response.headers.get('Session-Expires'));
    if (expires !== undefined) this.set(dialog, expires.seconds, expires.refresher === 'uas' ? 'them' : 'us');
  }

  #refresh(dialog: DrachtioDialog, seconds: number): void {
    const invite = dialog.sip.createRequest('INVITE');
    const cseq = dialog.sip.localCSeq;
    invite.headers.append('Session-Expires', `${seconds};refresher=uac`);
    invite.headers.append('Min-SE', String(MIN_SE_SECONDS));
    invite.headers.append('Contact', dialog.localContact);
    if (dialog.localSdp.length > 0) invite.setBody(dialog.localContentType, dialog.localSdp);
    const giveUp = () => this.#board.hangUp(dialog, 'Session timer expired');
    const transaction = this.#board.stack.request(
      invite,
      {
        onFinal: (response) => {
          if (dialog.phase === 'ended') return;
          if (response.status < 300) {
            dialog.sip.refreshTarget(response);
            transaction.acknowledge(dialog.sip.createAck(cseq), undefined, this.#board.targetOf(dialog));
            this.takeAnswer(dialog, response);
          } else if (response.status === 491) this.set(dialog, seconds, 'us');
          else giveUp();
        },
        onTimeout: giveUp,
        onTransportError: giveUp,
      },
      this.#board.targetOf(dialog),
    );
  }
}
