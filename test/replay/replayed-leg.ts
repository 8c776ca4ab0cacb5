/** A SIP leg that a transcript of the event socket shows the effects of: opened with the headers that it had, with audio of its own. */
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import type { LegPlan } from './freeswitch-script.js';
import { openUdpFarEnd, type SipFarEnd } from './sip-far-end.js';
import { headerOf, parseSip } from './sip-text.js';

export class ReplayedLeg {
  readonly #plan: LegPlan;
  readonly #farEnd: SipFarEnd;
  readonly #phone: TonePhoneMedia;
  readonly #port: number;
  #cseq = 1;
  #to = '';
  #isOpen = true;

  private constructor(plan: LegPlan, farEnd: SipFarEnd, phone: TonePhoneMedia, port: number) {
    this.#plan = plan;
    this.#farEnd = farEnd;
    this.#phone = phone;
    this.#port = port;
  }

  /** Resolves when the 200 has been acknowledged. `translate` brings a header's value to this run. */
  static async open(plan: LegPlan, port: number, translate: (value: string) => string): Promise<ReplayedLeg> {
    const phone = await TonePhoneMedia.open({ address: '127.0.0.1', toneHz: 440 });
    const leg = new ReplayedLeg(plan, await openUdpFarEnd(), phone, port);
    await leg.#invite(plan.headers.map(([name, value]) => `${name}: ${translate(value)}`));
    void leg.#answerByes();
    return leg;
  }

  /** The port of its SIP. */
  get port(): number {
    return this.#farEnd.port;
  }

  press(digit: string): void {
    this.#phone.sendDtmf(digit, 100);
  }

  hangUp(): void {
    this.#cseq += 1;
    this.#send('BYE', '', []);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all([this.#farEnd.close(), this.#phone.close()]);
  }

  async #invite(headers: readonly string[]): Promise<void> {
    const { isThirdParty, isSilent, userAgent } = this.#plan;
    this.#to = `<sip:${this.#plan.extension}@127.0.0.1:${this.#port}>`;
    const agent = userAgent === '' ? [] : [`User-Agent: ${userAgent}`];
    this.#send('INVITE', isThirdParty ? '' : this.#sdp(), [...headers, ...agent]);
    for (;;) {
      const answer = (await this.#farEnd.mailbox.take()) ?? '';
      if (answer.startsWith('SIP/2.0 100 ')) continue;
      if (!answer.startsWith('SIP/2.0 200 ')) throw new Error(`the leg ${this.#plan.uuid} gets ${answer}`);
      this.#to = headerOf(answer, 'To');
      const port = Number(/^m=audio (\d+)/m.exec(parseSip(answer).body)?.[1] ?? 0);
      if (!isSilent) this.#phone.setRemote('127.0.0.1', port, 0);
      if (!this.#plan.isUnacknowledged) this.#send('ACK', isThirdParty ? this.#sdp() : '', []);
      return;
    }
  }

  async #answerByes(): Promise<void> {
    while (this.#isOpen) {
      const message = await this.#farEnd.mailbox.take();
      if (message?.startsWith('BYE ') !== true) continue;
      const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${headerOf(message, name)}`);
      this.#farEnd.send(`${['SIP/2.0 200 OK', ...copied, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`, this.#port);
    }
  }

  #send(method: string, body: string, headers: readonly string[]): void {
    const lines = [
      `${method} sip:${this.#plan.extension}@127.0.0.1:${this.#port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${this.#cseq}${method}${this.#plan.uuid};rport`,
      `From: ${this.#plan.from.replace(`:${this.#plan.fromPort}>`, `:${this.port}>`)}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.#plan.uuid}`,
      `CSeq: ${this.#cseq} ${method}`,
      'Max-Forwards: 70',
      `Contact: <sip:caller@127.0.0.1:${this.port}>`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    this.#farEnd.send(`${lines.join('\r\n')}\r\n\r\n${body}`, this.#port);
  }

  #sdp(): string {
    const lines = [
      'v=0',
      'o=ua 1 1 IN IP4 127.0.0.1',
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      `m=audio ${this.#phone.port} RTP/AVP 0 8 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      'a=sendrecv',
    ];
    return `${lines.join('\r\n')}\r\n`;
  }
}
