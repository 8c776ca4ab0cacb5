/**
 * The callers of the soak test: one SIP stack per source (trunk over UDP, trunk over TCP, stranger), one leg per call. A leg does what
 * its kind says and reports how it went; the durations of calls are timers of the stack.
 */
import { randomUUID } from 'node:crypto';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { audioOf, phoneSdp } from '../../src/embedded/phone/phone-media.js';
import { tagOf } from '../../src/embedded/sip/name-addr.js';
import type { ServerTransaction } from '../../src/embedded/sip/server-transaction.js';
import { dialogKey } from '../../src/embedded/sip/sip-dialog.js';
import type { SipTarget, SipTransportName } from '../../src/embedded/sip/sip-endpoint.js';
import { createSipStack, type SipStack } from '../../src/embedded/sip/sip-stack.js';
import { SOAK_CALLER_HZ } from './call-kinds.js';
import { CallerCall, type CallReport, type PlacedCall } from './caller-call.js';

const TRUNK = '127.0.0.1';
const STRANGER = '127.0.0.9';

interface Source {
  readonly address: string;
  readonly transport: SipTransportName;
}

export class SoakCallers {
  readonly #calls = new Map<string, CallerCall>();
  readonly #stacks = new Map<string, SipStack>();
  readonly #sip: Omit<SipTarget, 'transport'>;

  private constructor(sip: Omit<SipTarget, 'transport'>) {
    this.#sip = sip;
  }

  /** `sip` is where drachtio takes calls. */
  static async start(sip: Omit<SipTarget, 'transport'>): Promise<SoakCallers> {
    const callers = new SoakCallers(sip);
    for (const source of [
      { address: TRUNK, transport: 'udp' },
      { address: TRUNK, transport: 'tcp' },
      { address: STRANGER, transport: 'udp' },
    ] as const) {
      callers.#stacks.set(keyOf(source), await callers.#listen(source));
    }
    return callers;
  }

  held(): number {
    return this.#calls.size;
  }

  /** Settles when the call is over, whatever became of it. */
  async place(placed: PlacedCall): Promise<CallReport> {
    const { kind } = placed;
    const source = { address: kind.isStranger ? STRANGER : TRUNK, transport: kind.transport ?? 'udp' } as const;
    const stack = this.#stacks.get(keyOf(source));
    if (stack === undefined) throw new Error(`nobody calls from ${keyOf(source)}`);
    const media = await TonePhoneMedia.open({ address: source.address, toneHz: SOAK_CALLER_HZ });
    const target = { ...this.#sip, transport: source.transport };
    const call = new CallerCall({ stack, target, media, placed, sipCallId: randomUUID() });
    call.onDialog = (key) => void this.#calls.set(key, call);
    try {
      return await call.run();
    } finally {
      if (call.dialog !== null) this.#calls.delete(call.dialog.key);
      await media.close();
    }
  }

  async close(): Promise<void> {
    for (const stack of this.#stacks.values()) await stack.close();
  }

  #listen(source: Source): Promise<SipStack> {
    return createSipStack({
      listeners: [{ ...source, port: 0 }],
      onRequest: (transaction) => this.#inDialog(transaction),
      onCancel: (transaction) => void transaction.respond(transaction.createResponse(487)),
    });
  }

  #inDialog(transaction: ServerTransaction): void {
    const { method, headers, body } = transaction.request;
    const tags = [tagOf(headers.get('To')) ?? '', tagOf(headers.get('From')) ?? ''] as const;
    const call = this.#calls.get(dialogKey(headers.get('Call-ID') ?? '', ...tags));
    if (call === undefined) {
      transaction.respond(transaction.createResponse(481));
    } else if (method === 'BYE') {
      transaction.respond(transaction.createResponse(200));
      call.finish('far end');
    } else if (method === 'INVITE') {
      const audio = audioOf(body.toString('latin1'));
      if (audio !== null) call.media.setRemote(audio.address, audio.port, 0);
      const response = transaction.createResponse(200);
      response.headers.set('Contact', call.contact);
      response.setBody('application/sdp', phoneSdp(call.media.address, call.media.port, 9));
      transaction.accept(response, { onAck: () => undefined, onNoAck: () => undefined });
    } else {
      transaction.respond(transaction.createResponse(200));
    }
  }
}

function keyOf({ address, transport }: Source): string {
  return `${transport}/${address}`;
}
