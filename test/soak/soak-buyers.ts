/**
 * All buyers of the soak test behind one SIP address: the user part of the URI that is dialled says how the buyer behaves. Each call
 * has a tone phone of its own; a call is known by the caller's number, which the control app passes on.
 */
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { audioOf, phoneSdp } from '../../src/embedded/phone/phone-media.js';
import { tagOf } from '../../src/embedded/sip/name-addr.js';
import type { ServerTransaction } from '../../src/embedded/sip/server-transaction.js';
import { dialogKey, SipDialog } from '../../src/embedded/sip/sip-dialog.js';
import type { SipResponse } from '../../src/embedded/sip/sip-message.js';
import { createSipStack, type SipStack } from '../../src/embedded/sip/sip-stack.js';
import { BUYER_HZ } from '../e2e/tone-prompts.js';
import { type BuyerManner, SOAK_CALLER_HZ } from './call-kinds.js';

const ADDRESS = '127.0.0.1';
const RING_MS = 150;
const TALK_MS = 900;

interface BuyerCall {
  readonly dialog: SipDialog;
  readonly media: TonePhoneMedia;
}

export class SoakBuyers {
  readonly #calls = new Map<string, BuyerCall>();
  readonly #ringing = new Map<string, () => void>();
  #stack: SipStack | null = null;
  #opening = 0;

  static async start(): Promise<SoakBuyers> {
    const buyers = new SoakBuyers();
    buyers.#stack = await createSipStack({
      listeners: [{ transport: 'udp', address: ADDRESS, port: 0 }],
      onRequest: (transaction) => void buyers.#take(transaction),
      onCancel: (transaction) => buyers.#cancelled(transaction),
    });
    return buyers;
  }

  uri(manner: BuyerManner): string {
    return `sip:${manner}@${ADDRESS}:${this.#open().addresses()[0]?.port}`;
  }

  /** Calls that nobody has ended, and phones that are still open. */
  held(): number {
    return this.#calls.size + this.#opening;
  }

  /** Settles when a buyer rings for this caller. */
  rings(callerNumber: string): Promise<void> {
    return new Promise((resolve) => this.#ringing.set(callerNumber, resolve));
  }

  async close(): Promise<void> {
    await this.#open().close();
    for (const { media } of this.#calls.values()) await media.close();
  }

  #open(): SipStack {
    if (this.#stack === null) throw new Error('the buyers are not started');
    return this.#stack;
  }

  async #take(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    if (tagOf(request.headers.get('To')) !== undefined) return this.#inDialog(transaction);
    if (request.method !== 'INVITE') return void transaction.respond(transaction.createResponse(405));
    const manner = mannerOf(request.uri);
    if (manner === 'busy') return void transaction.respond(transaction.createResponse(486));
    if (manner === 'unavailable') return void transaction.respond(transaction.createResponse(503));
    transaction.respond(transaction.createResponse(180));
    const caller = /<sip:(\+?\d+)@/.exec(request.headers.get('From') ?? '')?.[1] ?? '';
    this.#ringing.get(caller)?.();
    this.#ringing.delete(caller);
    if (manner === 'silent' || manner === 'answers-the-cancel') return;
    this.#opening += 1;
    const media = await TonePhoneMedia.open({ address: ADDRESS, toneHz: BUYER_HZ });
    this.#open().clock.schedule(RING_MS, () => {
      this.#opening -= 1;
      if (transaction.isCancelled || transaction.finalStatus !== undefined) void media.close();
      else this.#answer(transaction, manner, media);
    });
  }

  #answer(transaction: ServerTransaction, manner: BuyerManner, media: TonePhoneMedia): void {
    const { request } = transaction;
    const sdp = manner === 'no-sdp' ? null : phoneSdp(ADDRESS, media.port, 1);
    const response = this.#ok(transaction, sdp);
    const dialog = SipDialog.ofServer(request, response);
    const call = { dialog, media };
    this.#calls.set(dialog.key, call);
    const audio = audioOf(request.body.toString('latin1'));
    if (audio !== null) media.setRemote(audio.address, audio.port, 0);
    transaction.accept(response, { onAck: () => undefined, onNoAck: () => this.#hangup(call) });
    if (manner !== 'hangs-up') return;
    void media.hears(SOAK_CALLER_HZ).then(() => this.#open().clock.schedule(TALK_MS, () => this.#hangup(call)));
  }

  #ok(transaction: ServerTransaction, sdp: string | null): SipResponse {
    const response = transaction.createResponse(200);
    response.headers.set('Contact', `<${transaction.request.uri}>`);
    return sdp === null ? response : response.setBody('application/sdp', sdp);
  }

  /** The glare of RFC 3261 section 9.1: the buyer picked up before the CANCEL arrived. */
  #cancelled(transaction: ServerTransaction): void {
    if (mannerOf(transaction.request.uri) !== 'answers-the-cancel') {
      transaction.respond(transaction.createResponse(487));
      return;
    }
    this.#opening += 1;
    void TonePhoneMedia.open({ address: ADDRESS, toneHz: BUYER_HZ }).then((media) => {
      this.#opening -= 1;
      this.#answer(transaction, 'answers-the-cancel', media);
    });
  }

  #hangup(call: BuyerCall): void {
    if (!this.#calls.has(call.dialog.key)) return;
    const done = (): void => this.#forget(call);
    this.#open().request(call.dialog.createRequest('BYE'), { onFinal: done, onTimeout: done, onTransportError: done });
  }

  #forget(call: BuyerCall): void {
    this.#calls.delete(call.dialog.key);
    void call.media.close();
  }

  #inDialog(transaction: ServerTransaction): void {
    const { method, headers, body } = transaction.request;
    const tags = [tagOf(headers.get('To')) ?? '', tagOf(headers.get('From')) ?? ''] as const;
    const call = this.#calls.get(dialogKey(headers.get('Call-ID') ?? '', ...tags));
    if (call === undefined) {
      transaction.respond(transaction.createResponse(481));
    } else if (method === 'BYE') {
      transaction.respond(transaction.createResponse(200));
      this.#forget(call);
    } else if (method === 'INVITE') {
      const audio = audioOf(body.toString('latin1'));
      if (audio !== null) call.media.setRemote(audio.address, audio.port, 0);
      const response = this.#ok(transaction, phoneSdp(ADDRESS, call.media.port, 2));
      transaction.accept(response, { onAck: () => undefined, onNoAck: () => this.#hangup(call) });
    } else {
      transaction.respond(transaction.createResponse(200));
    }
  }
}

function mannerOf(uri: string): BuyerManner {
  return (/^sip:([a-z-]+)@/.exec(uri)?.[1] ?? 'busy') as BuyerManner;
}
