/** A buyer's phone that answers by hand: what it says, and when, is the test's. */
import { contactOf, newBranch, sdpFor, withBody } from './hostile-caller.js';
import type { HostilePeer, SipText } from './hostile-peer.js';

export interface AnswerOptions {
  readonly tag?: string;
  /** Whole lines, each with its line end. */
  readonly headers?: string;
  readonly contact?: string;
  /** Null for none. */
  readonly sdp?: string | null;
}

export class HostileBuyer {
  readonly peer: HostilePeer;

  constructor(peer: HostilePeer) {
    this.peer = peer;
  }

  get uri(): string {
    return `sip:buyer@127.0.0.1:${this.peer.port}`;
  }

  invite(skip = 0): Promise<SipText> {
    return this.peer.request('INVITE', skip);
  }

  /** An answer as RFC 3261 section 8.2.6 builds it. */
  answer(request: SipText, status: string, options: AnswerOptions = {}): Promise<void> {
    const to = request.header('to');
    const isTagged = to.includes('tag=') || status.startsWith('100');
    const isAnswer = status.startsWith('2') && request.method === 'INVITE';
    const head = [
      `SIP/2.0 ${status}`,
      ...request.headers('via').map((via) => `Via: ${via}`),
      `From: ${request.header('from')}`,
      `To: ${isTagged ? to : `${to};tag=${options.tag ?? 'buyer'}`}`,
      `Call-ID: ${request.header('call-id')}`,
      `CSeq: ${request.header('cseq')}`,
      `Contact: ${options.contact ?? `<${this.uri}>`}`,
      '',
    ].join('\r\n');
    const sdp = options.sdp === undefined && isAnswer ? sdpFor() : (options.sdp ?? undefined);
    return this.peer.send(withBody(`${head}${options.headers ?? ''}`, sdp));
  }

  /** A request inside the dialog that `invite` opened and `tag` answered. */
  write(invite: SipText, method: string, cseq: number, options: AnswerOptions = {}): string {
    const head = [
      `${method} ${contactOf(invite)} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.peer.port};rport;branch=${newBranch()}`,
      'Max-Forwards: 70',
      `From: ${invite.header('to')};tag=${options.tag ?? 'buyer'}`,
      `To: ${invite.header('from')}`,
      `Call-ID: ${invite.header('call-id')}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <${this.uri}>`,
      '',
    ].join('\r\n');
    return withBody(`${head}${options.headers ?? ''}`, options.sdp ?? undefined);
  }

  /** 200 to whatever asks for a BYE from now on; settles with the BYE. */
  async byes(skip = 0): Promise<SipText> {
    const bye = await this.peer.request('BYE', skip);
    await this.answer(bye, '200 OK');
    return bye;
  }
}
