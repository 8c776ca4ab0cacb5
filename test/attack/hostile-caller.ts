/** A caller who writes each of his messages by hand, so that any of them can be wrong. Used by the attacks on the public SIP port. */
import { randomBytes } from 'node:crypto';
import type { HostilePeer, SipText } from './hostile-peer.js';

export interface HostileCallerOptions {
  readonly callId?: string;
  /** The whole value of From but its tag. */
  readonly from?: string;
  /** Made of the Call-ID when left out. */
  readonly fromTag?: string;
}

export interface RequestOptions {
  readonly cseq?: number;
  readonly branch?: string;
  /** Whole lines, each with its line end. */
  readonly headers?: string;
  readonly contact?: string;
  readonly to?: string;
  readonly sdp?: string;
}

export function newBranch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}

/** Port 9 is the discard service: audio that goes there is lost. */
export function sdpFor(port = 9, version = 1, address = '127.0.0.1'): string {
  return `v=0\r\no=- 1 ${version} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n`;
}

export function withBody(head: string, sdp: string | undefined): string {
  const type = sdp === undefined ? '' : 'Content-Type: application/sdp\r\n';
  return `${head}${type}Content-Length: ${sdp?.length ?? 0}\r\n\r\n${sdp ?? ''}`;
}

export function contactOf(message: SipText): string {
  return /<([^>]+)>/.exec(message.header('contact'))?.[1] ?? message.header('contact');
}

export class HostileCaller {
  readonly peer: HostilePeer;
  readonly callId: string;
  readonly branch = newBranch();
  readonly #did: string;
  readonly #from: string;
  #toTag = '';
  #target: string;
  #cseq = 1;

  constructor(peer: HostilePeer, did: string, options: HostileCallerOptions = {}) {
    this.peer = peer;
    this.callId = options.callId ?? randomBytes(12).toString('hex');
    this.#did = did;
    this.#from = `${options.from ?? '<sip:+13105550123@127.0.0.1>'};tag=${options.fromTag ?? this.callId.slice(0, 8)}`;
    this.#target = `sip:${did}@127.0.0.1`;
  }

  /** The text of a request of this call; a number of the sequence is used up unless one is given. */
  write(method: string, options: RequestOptions = {}): string {
    const { peer } = this;
    const cseq = options.cseq ?? this.#cseq + 1;
    this.#cseq = Math.max(this.#cseq, cseq);
    const to = options.to ?? `<sip:${this.#did}@127.0.0.1>${this.#toTag === '' ? '' : `;tag=${this.#toTag}`}`;
    const via = `SIP/2.0/${peer.transport.toUpperCase()} ${peer.address}:${peer.port}`;
    const head = [
      `${method} ${this.#target} SIP/2.0`,
      `Via: ${via};rport;branch=${options.branch ?? newBranch()}`,
      'Max-Forwards: 70',
      `From: ${this.#from}`,
      `To: ${to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: ${options.contact ?? `<sip:caller@${peer.address}:${peer.port};transport=${peer.transport}>`}`,
      '',
    ].join('\r\n');
    return withBody(`${head}${options.headers ?? ''}`, options.sdp);
  }

  invite(options: RequestOptions = {}): string {
    return this.write('INVITE', { cseq: 1, branch: this.branch, sdp: sdpFor(), ...options });
  }

  /** INVITE, 200, ACK. */
  async call(options: RequestOptions = {}): Promise<SipText> {
    await this.peer.send(this.invite(options));
    const ok = await this.peer.response(200);
    await this.acknowledge(ok);
    return ok;
  }

  /** The 200 becomes the dialog that later requests belong to. */
  confirm(ok: SipText): void {
    this.#toTag = /;tag=([^;\s]+)/.exec(ok.header('to'))?.[1] ?? '';
    this.#target = contactOf(ok);
  }

  async acknowledge(ok: SipText): Promise<void> {
    this.confirm(ok);
    await this.peer.send(this.write('ACK', { cseq: Number.parseInt(ok.header('cseq'), 10) }));
  }

  /** The ACK of a final answer of 300 or more, which belongs to the INVITE's own transaction. */
  async acknowledgeRefusal(refusal: SipText): Promise<void> {
    await this.peer.send(this.write('ACK', { cseq: 1, branch: this.branch, to: refusal.header('to') }));
  }

  cancel(): Promise<void> {
    return this.peer.send(this.write('CANCEL', { cseq: 1, branch: this.branch }));
  }

  /** BYE and the answer to it. */
  async hangup(): Promise<SipText> {
    const cseq = this.#cseq + 1;
    await this.peer.send(this.write('BYE'));
    return await this.peer.final('BYE', cseq);
  }

  /** 200 to the BYE that comes; settles with it. */
  async byes(): Promise<SipText> {
    const bye = await this.peer.request('BYE');
    await this.peer.send(answerTo(bye, '200 OK'));
    return bye;
  }
}

/** A plain answer inside a dialog (RFC 3261 section 8.2.6). */
export function answerTo(request: SipText, status: string): string {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((name) =>
    request.headers(name).map((value) => `${name}: ${value}`),
  );
  return withBody(`${[`SIP/2.0 ${status}`, ...copied].join('\r\n')}\r\n`, undefined);
}
