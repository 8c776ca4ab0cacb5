/** The phone's part of a test call: dials, listens, waits for the buyer, talks for a while, hangs up. */
import { createSocket } from 'node:dgram';
import type { HostAndPort } from '../../config/network-address.js';
import { formatHostAndPort } from '../../config/network-address.js';
import { TonePhoneMedia } from '../../embedded/media/tone-phone-media.js';
import { type PhoneCall, TonePhone } from '../../embedded/phone/tone-phone.js';
import { HeardAudio } from './heard-audio.js';
import type { PhoneReport } from './verdict.js';

const TONE_HZ = 440;

export interface PlaceCallOptions {
  readonly sip: HostAndPort;
  readonly did: string;
  readonly from: string;
  /** Without an answer for this long it gives up. */
  readonly answerMs: number;
  /** From the answer until the talk begins, at the most. */
  readonly holdMs: number;
  readonly talkMs: number;
  readonly placed: (call: PhoneCall) => void;
  readonly answered: (afterMs: number) => void;
  /** Settles when the buyer is there; never where nobody can tell, and then the talk begins with the answer. */
  readonly bridged: Promise<void> | null;
  readonly stop: Promise<unknown>;
}

/** The address of ours from which packets to the host go out. Nothing is sent. */
export function localAddressTowards({ host, port }: HostAndPort): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise<string>((resolve, reject) => {
    socket.on('error', reject);
    socket.connect(port, host, () => resolve(socket.address().address));
  }).finally(() => socket.close());
}

/** Settles at the first of these, or after the time. */
async function firstOf(limitMs: number, events: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([late, ...events]);
  clearTimeout(timer);
}

async function talk(call: PhoneCall, options: PlaceCallOptions): Promise<void> {
  const over = [call.ended, options.stop];
  if (options.bridged !== null) await firstOf(options.holdMs, [options.bridged, ...over]);
  if (!call.isOver) await firstOf(options.talkMs, over);
}

/** Rejects when the phone cannot be started, never for what the system does. */
export async function placeCall(options: PlaceCallOptions, localAddress: string): Promise<PhoneReport> {
  const heard = new HeardAudio();
  const phone = await TonePhone.start({
    name: 'test-call',
    address: localAddress,
    port: 0,
    transport: 'udp',
    manner: { kind: 'refuse', status: 480 },
    media: () =>
      TonePhoneMedia.open({
        address: localAddress,
        toneHz: TONE_HZ,
        onPacket: (header, datagram) => heard.take(header, datagram),
      }),
  });
  let call: PhoneCall | null = null;
  try {
    call = await phone.call(`sip:${options.did}@${formatHostAndPort(options.sip)}`, options.from);
    options.placed(call);
    await firstOf(options.answerMs, [call.answered, options.stop]);
    const isUp = call.dialog !== null && !call.isOver;
    const answeredAfterMs = isUp ? heard.nowMs : null;
    if (answeredAfterMs !== null) {
      options.answered(answeredAfterMs);
      await talk(call, options);
    }
    const endedAtMs = heard.nowMs;
    const end = call.isOver ? await call.ended : null;
    call.hangup();
    if (answeredAfterMs !== null) await call.ended;
    return {
      answeredAfterMs,
      refusedWith: end?.kind === 'refused' ? end.status : null,
      levelDbfs: (fromMs, toMs) => heard.levelDbfs(fromMs, toMs),
      endedAtMs,
    };
  } finally {
    await phone.close();
    await call?.media.close();
  }
}
