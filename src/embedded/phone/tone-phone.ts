/**
 * A telephone for the demonstration and for tests: one SIP user agent on loopback that answers or places calls and whose
 * audio is handed in. It knows no more SIP than a polite phone does and is no part of the switch.
 */
import { randomUUID } from 'node:crypto';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { SipDialog } from '../sip/sip-dialog.js';
import type { SipTransportName } from '../sip/sip-endpoint.js';
import { SipRequest, type SipResponse } from '../sip/sip-message.js';
import { createSipStack, type SipStack } from '../sip/sip-stack.js';
import { audioOf, type PhoneMedia, type PhoneMediaFactory, phoneSdp } from './phone-media.js';

/** What the phone does with a call that comes in. */
export type PhoneManner =
  | { readonly kind: 'answer'; readonly afterMs: number }
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: 'ring-forever' };

export interface TonePhoneOptions {
  readonly name: string;
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly transport: SipTransportName;
  readonly manner: PhoneManner;
  readonly media: PhoneMediaFactory;
}

export type PhoneCallEnd =
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'hung-up'; readonly by: 'us' | 'far-end' };

/** One call of the phone. `media` is there from the start; it hears and speaks once the far end is known. */
export class PhoneCall {
  readonly media: PhoneMedia;
  readonly sipCallId: string;
  /** Settles when the call is up, also when it has ended before. */
  readonly answered: Promise<void>;
  readonly ended: Promise<PhoneCallEnd>;
  dialog: SipDialog | null = null;
  markAnswered: () => void = () => undefined;
  #markEnded: (end: PhoneCallEnd) => void = () => undefined;
  #hangup: () => void = () => undefined;
  isOver = false;

  constructor(media: PhoneMedia, sipCallId: string) {
    this.media = media;
    this.sipCallId = sipCallId;
    this.answered = new Promise((resolve) => {
      this.markAnswered = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  onHangup(hangup: () => void): void {
    this.#hangup = hangup;
  }

  /** BYE when it is up, CANCEL when it rings. */
  hangup(): void {
    if (!this.isOver) this.#hangup();
  }

  finish(end: PhoneCallEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    this.dialog?.terminate();
    void this.media.close();
    this.markAnswered();
    this.#markEnded(end);
  }
}

export class TonePhone {
  readonly #options: TonePhoneOptions;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #listeners: ((call: PhoneCall) => void)[] = [];
  #stack: SipStack | null = null;
  #sdpVersion = 1;

  constructor(options: TonePhoneOptions) {
    this.#options = options;
  }

  static async start(options: TonePhoneOptions): Promise<TonePhone> {
    const phone = new TonePhone(options);
    phone.#stack = await createSipStack({
      listeners: [{ transport: options.transport, address: options.address, port: options.port }],
      onRequest: (transaction) => void phone.#take(transaction),
      onCancel: (transaction) => phone.#cancelled(transaction),
    });
    return phone;
  }

  get port(): number {
    return this.#stackOrThrow().addresses()[0]?.port ?? 0;
  }

  get uri(): string {
    const suffix = this.#options.transport === 'tcp' ? ';transport=tcp' : '';
    return `sip:${this.#options.name}@${this.#options.address}:${this.port}${suffix}`;
  }

  onCall(listener: (call: PhoneCall) => void): void {
    this.#listeners.push(listener);
  }

  /** Places a call; `ended` says so when it is refused. `headers` are added to the INVITE as they are. */
  async call(uri: string, fromUser: string, headers: Readonly<Record<string, string>> = {}): Promise<PhoneCall> {
    const media = await this.#options.media();
    const call = new PhoneCall(media, randomUUID());
    const invite = this.#inviteTo(uri, fromUser, call);
    for (const [name, value] of Object.entries(headers)) invite.headers.append(name, value);
    const transaction = this.#stackOrThrow().request(invite, {
      onFinal: (response) => this.#placed(call, invite, response, (ack) => transaction.acknowledge(ack)),
      onTimeout: () => call.finish({ kind: 'refused', status: 408 }),
      onTransportError: () => call.finish({ kind: 'refused', status: 503 }),
    });
    call.onHangup(() => void transaction.cancel());
    return call;
  }

  async close(): Promise<void> {
    for (const call of this.#calls.values()) call.finish({ kind: 'hung-up', by: 'us' });
    this.#calls.clear();
    await this.#stackOrThrow().close();
  }

  #stackOrThrow(): SipStack {
    if (this.#stack === null) throw new Error('the phone is not started');
    return this.#stack;
  }

  #contact(): string {
    return `<${this.uri}>`;
  }

  #inviteTo(uri: string, fromUser: string, { media, sipCallId }: PhoneCall): SipRequest {
    const { address } = this.#options;
    const invite = new SipRequest('INVITE', uri);
    invite.headers
      .append('Max-Forwards', '70')
      .append('From', `<sip:${fromUser}@${address}>;tag=${randomUUID()}`)
      .append('To', `<${uri}>`)
      .append('Call-ID', sipCallId)
      .append('CSeq', '1 INVITE')
      .append('Contact', this.#contact());
    return invite.setBody('application/sdp', phoneSdp(address, media.port, this.#sdpVersion));
  }

  #placed(call: PhoneCall, invite: SipRequest, response: SipResponse, acknowledge: (ack: SipRequest) => void): void {
    if (response.status >= 300) {
      call.finish({ kind: 'refused', status: response.status });
      return;
    }
    const dialog = SipDialog.ofClient(invite, response);
    acknowledge(dialog.createAck(1));
    this.#up(call, dialog, response.body.toString('latin1'));
  }

  #up(call: PhoneCall, dialog: SipDialog, remoteSdp: string): void {
    call.dialog = dialog;
    this.#calls.set(dialog.key, call);
    call.onHangup(() => this.#bye(call, dialog));
    this.#listenTo(call, remoteSdp);
    call.markAnswered();
  }

  #listenTo(call: PhoneCall, remoteSdp: string): void {
    const audio = audioOf(remoteSdp);
    if (audio !== null) call.media.setRemote(audio.address, audio.port, 0);
  }

  #bye(call: PhoneCall, dialog: SipDialog): void {
    this.#calls.delete(dialog.key);
    const done = (): void => call.finish({ kind: 'hung-up', by: 'us' });
    this.#stackOrThrow().request(dialog.createRequest('BYE'), {
      onFinal: done,
      onTimeout: done,
      onTransportError: done,
    });
  }

  #cancelled(transaction: ServerTransaction): void {
    transaction.respond(transaction.createResponse(487));
  }

  async #take(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const toTag = /;\s*tag=([^;\s]+)/i.exec(request.headers.get('To') ?? '')?.[1];
    if (toTag !== undefined) return this.#inDialog(transaction, toTag);
    if (request.method === 'INVITE') return await this.#ring(transaction);
    transaction.respond(transaction.createResponse(request.method === 'OPTIONS' ? 200 : 405));
  }

  #inDialog(transaction: ServerTransaction, localTag: string): void {
    const { request } = transaction;
    const fromTag = /;\s*tag=([^;\s]+)/i.exec(request.headers.get('From') ?? '')?.[1] ?? '';
    const call = this.#calls.get(`${request.headers.get('Call-ID') ?? ''}\n${localTag}\n${fromTag}`);
    if (call === undefined) {
      transaction.respond(transaction.createResponse(481));
      return;
    }
    call.dialog?.receive(request);
    if (request.method === 'BYE') {
      if (call.dialog !== null) this.#calls.delete(call.dialog.key);
      transaction.respond(transaction.createResponse(200));
      call.finish({ kind: 'hung-up', by: 'far-end' });
    } else if (request.method === 'INVITE') {
      this.#listenTo(call, request.body.toString('latin1'));
      this.#sdpVersion += 1;
      transaction.accept(this.#answer(transaction, call.media), {
        onAck: () => undefined,
        onNoAck: () => call.hangup(),
      });
    } else {
      transaction.respond(transaction.createResponse(200));
    }
  }

  #answer(transaction: ServerTransaction, media: PhoneMedia): SipResponse {
    const response = transaction.createResponse(200);
    response.headers.set('Contact', this.#contact());
    return response.setBody('application/sdp', phoneSdp(this.#options.address, media.port, this.#sdpVersion));
  }

  async #ring(transaction: ServerTransaction): Promise<void> {
    const { manner } = this.#options;
    if (manner.kind === 'refuse') {
      transaction.respond(transaction.createResponse(manner.status));
      return;
    }
    transaction.localTag = randomUUID();
    transaction.respond(transaction.createResponse(180));
    if (manner.kind === 'ring-forever') return;
    const call = new PhoneCall(await this.#options.media(), transaction.request.headers.get('Call-ID') ?? '');
    for (const listener of this.#listeners) listener(call);
    this.#stackOrThrow().clock.schedule(manner.afterMs, () => this.#pickUp(transaction, call));
  }

  #pickUp(transaction: ServerTransaction, call: PhoneCall): void {
    if (transaction.isCancelled || transaction.finalStatus !== undefined) {
      call.finish({ kind: 'hung-up', by: 'far-end' });
      return;
    }
    const response = this.#answer(transaction, call.media);
    const dialog = SipDialog.ofServer(transaction.request, response);
    this.#up(call, dialog, transaction.request.body.toString('latin1'));
    transaction.accept(response, {
      onAck: (ack) => this.#listenTo(call, ack.body.toString('latin1')),
      onNoAck: () => call.hangup(),
    });
  }
}
