/**
 * A SIP leg towards the profile, written by hand over a bare UDP socket, with a tone phone for its audio. Stands for what drachtio
 * sends: callers with an offer, buyers with none.
 */
import { randomUUID } from 'node:crypto';
import { TonePhoneMedia } from '../../../src/embedded/media/tone-phone-media.js';
import { createUdpPeer, type RawMessage, type RawPeer } from '../sip/raw-peer.js';

export interface LegOptions {
  /** User part of the request URI: the extension. */
  readonly extension: string;
  readonly toneHz?: number | null;
  /** Whole header lines. */
  readonly headers?: readonly string[];
  readonly sipCallId?: string;
}

export class SipLeg {
  readonly uuid: string;
  readonly peer: RawPeer;
  readonly phone: TonePhoneMedia;
  readonly #port: number;
  readonly #options: LegOptions;
  #toTag = '';
  #cseq = 1;
  #branch = 0;

  private constructor(peer: RawPeer, phone: TonePhoneMedia, port: number, options: LegOptions) {
    this.peer = peer;
    this.phone = phone;
    this.#port = port;
    this.#options = options;
    this.uuid = options.sipCallId ?? randomUUID();
  }

  static async open(port: number, options: LegOptions): Promise<SipLeg> {
    const peer = await createUdpPeer();
    const phone = await TonePhoneMedia.open({ address: '127.0.0.1', toneHz: options.toneHz ?? null });
    return new SipLeg(peer, phone, port, options);
  }

  sdp(direction = 'sendrecv', payloads = '0 101'): string {
    const lines = [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.phone.port} RTP/AVP ${payloads}`,
      'a=rtpmap:101 telephone-event/8000',
      `a=${direction}`,
    ];
    return `${lines.join('\r\n')}\r\n`;
  }

  invite(sdp = ''): void {
    this.#cseq += 1;
    this.#send('INVITE', this.#cseq, sdp, this.#options.headers ?? []);
  }

  /** A caller: the 200 is awaited and acknowledged, and the phone talks. */
  async call(sdp = this.sdp()): Promise<RawMessage> {
    this.invite(sdp);
    const ok = await this.peer.response(200, 'INVITE');
    this.#toTag = tagOf(ok.header('To'));
    this.talkTo(ok.body);
    this.ack();
    return ok;
  }

  /** A buyer: INVITE without SDP; answers the offer that the 200 carries. */
  async offer(): Promise<RawMessage> {
    this.invite();
    const ok = await this.peer.response(200, 'INVITE');
    this.#toTag = tagOf(ok.header('To'));
    return ok;
  }

  talkTo(sdp: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
    this.phone.setRemote('127.0.0.1', port, 0);
  }

  ack(sdp = ''): void {
    this.#send('ACK', this.#cseq, sdp);
  }

  async reinvite(sdp: string): Promise<RawMessage> {
    this.#cseq += 1;
    this.#send('INVITE', this.#cseq, sdp);
    const answer = await this.peer.mailbox.take(
      (one) => one.header('CSeq') === `${this.#cseq} INVITE` && !one.startLine.startsWith('SIP/2.0 1'),
    );
    this.ack();
    return answer;
  }

  async request(method: string, body = '', headers: readonly string[] = []): Promise<RawMessage> {
    this.#cseq += 1;
    this.#send(method, this.#cseq, body, headers);
    return this.peer.mailbox.take((one) => one.header('CSeq') === `${this.#cseq} ${method}`);
  }

  cancel(): void {
    this.#send('CANCEL', this.#cseq, '', [], this.#branch);
  }

  bye(reason = ''): Promise<RawMessage> {
    return this.request('BYE', '', reason === '' ? [] : [`Reason: ${reason}`]);
  }

  /** The BYE of the switch, answered. */
  async byeReceived(): Promise<RawMessage> {
    const bye = await this.peer.receive('BYE ');
    const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${bye.header(name)}`);
    this.peer.send(`SIP/2.0 200 OK\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, this.#port);
    return bye;
  }

  async close(): Promise<void> {
    await Promise.all([this.peer.close(), this.phone.close()]);
  }

  #send(method: string, cseq: number, body: string, headers: readonly string[] = [], branch?: number): void {
    if (branch === undefined) this.#branch += 1;
    const lines = [
      `${method} sip:${this.#options.extension}@127.0.0.1:${this.#port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.peer.port};branch=z9hG4bK-${this.uuid}-${branch ?? this.#branch};rport`,
      'Max-Forwards: 70',
      `From: "Caller" <sip:14155550123@127.0.0.1>;tag=leg`,
      `To: <sip:${this.#options.extension}@127.0.0.1>${this.#toTag === '' ? '' : `;tag=${this.#toTag}`}`,
      `Call-ID: ${this.uuid}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:leg@127.0.0.1:${this.peer.port}>`,
      ...headers,
      ...(body.startsWith('v=0') ? ['Content-Type: application/sdp'] : []),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    this.peer.send(`${lines.join('\r\n')}\r\n\r\n${body}`, this.#port);
  }
}

function tagOf(value: string): string {
  return /;\s*tag=([^;]+)/.exec(value)?.[1] ?? '';
}
