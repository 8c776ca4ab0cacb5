/**
 * Parties with ears of their own: tone phones that send one tone each, so that a test can say who hears whom at any moment, and in
 * which tenths of a second of a recording each of them is to be heard.
 */
import { readFile } from 'node:fs/promises';
import type { Test } from 'tap';
import { toneLevelDb } from '../../src/embedded/media/tone-detector.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { WAV_HEADER_BYTES } from '../../src/embedded/media/wav-format.js';
import { type PhoneCall, type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import type { SwitchUnderTest } from './switch-under-test.js';

const AUDIBLE_DB = -22;
const SILENT_DB = -40;
const RATE = 8_000;
/** Samples in a tenth of a second: whole periods of every tone of the tests. */
const PIECE = RATE / 10;

/** One call of a party. */
export interface Party {
  readonly call: PhoneCall;
  readonly media: TonePhoneMedia;
}

function partyOf(call: PhoneCall): Party {
  return { call, media: call.media as TonePhoneMedia };
}

async function startPhone(t: Test, toneHz: number, manner: PhoneManner): Promise<TonePhone> {
  const media = () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  const phone = await TonePhone.start({ name: 'tone', address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
  t.teardown(() => phone.close());
  return phone;
}

/** Somebody who answers calls. `next` settles with the next call that reaches him. */
export interface Answering {
  readonly uri: string;
  next(): Promise<Party>;
}

export async function answering(t: Test, toneHz: number, afterMs = 100): Promise<Answering> {
  const phone = await startPhone(t, toneHz, { kind: 'answer', afterMs });
  const calls: Party[] = [];
  const waiters: ((party: Party) => void)[] = [];
  phone.onCall((call) => {
    const waiter = waiters.shift();
    if (waiter === undefined) calls.push(partyOf(call));
    else waiter(partyOf(call));
  });
  const next = (): Promise<Party> => {
    const waiting = calls.shift();
    return waiting === undefined ? new Promise((resolve) => waiters.push(resolve)) : Promise.resolve(waiting);
  };
  return { uri: phone.uri, next };
}

/** Rings and never answers. */
export async function ringing(t: Test): Promise<string> {
  return (await startPhone(t, 300, { kind: 'ring-forever' })).uri;
}

export async function refusing(t: Test, status: number): Promise<string> {
  return (await startPhone(t, 300, { kind: 'refuse', status })).uri;
}

/** Calls a number of the system under test. */
export async function calling(
  t: Test,
  sut: { readonly switch: Pick<SwitchUnderTest, 'sip'> },
  did: string,
  toneHz: number,
): Promise<Party> {
  const phone = await startPhone(t, toneHz, { kind: 'refuse', status: 480 });
  const { address, port } = sut.switch.sip;
  const call = await phone.call(`sip:${did}@${address}:${port}`, '+13105550123');
  return partyOf(call);
}

/** Settles when this party hears exactly these tones, of `all` that there are. */
export async function hearsOnly(
  { media }: Pick<Party, 'media'>,
  wanted: readonly number[],
  all: readonly number[],
): Promise<void> {
  const isRight = (hz: number): boolean =>
    wanted.includes(hz) ? media.levelDb(hz) > AUDIBLE_DB : media.levelDb(hz) < SILENT_DB;
  await media.until(() => all.every(isRight));
}

export interface StereoSound {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly durationMs: number;
}

export async function readStereo(path: string): Promise<StereoSound> {
  const bytes = await readFile(path);
  const frames = Math.floor((bytes.length - WAV_HEADER_BYTES) / 4);
  const channel = (offset: number) =>
    Float32Array.from({ length: frames }, (_, index) => bytes.readInt16LE(WAV_HEADER_BYTES + index * 4 + offset));
  return { left: channel(0), right: channel(2), durationMs: (frames / RATE) * 1_000 };
}

/**
 * How loud it is most of the time: the middle one of its tenths of a second. Over the whole length the pieces before and after a pause
 * could cancel each other: 40 ms that a busy machine sent late are 17.6 periods of 440 Hz, and cost 10 dB when they come half way.
 */
export function usualLevelDb(samples: Float32Array | Int16Array, hz: number): number {
  const count = Math.floor(samples.length / PIECE);
  const levels = Array.from({ length: count }, (_, at) =>
    toneLevelDb(samples.subarray(at * PIECE, (at + 1) * PIECE), hz),
  );
  return levels.sort((a, b) => a - b)[count >> 1] ?? Number.NEGATIVE_INFINITY;
}

/** In how many tenths of a second a tone is to be heard, or is surely not. */
export function presence(samples: Float32Array, hz: number): { readonly heard: number; readonly silent: number } {
  const pieces = Array.from({ length: Math.floor(samples.length / PIECE) }, (_, at) =>
    toneLevelDb(samples.subarray(at * PIECE, (at + 1) * PIECE), hz),
  );
  return {
    heard: pieces.filter((level) => level > AUDIBLE_DB).length,
    silent: pieces.filter((level) => level < SILENT_DB).length,
  };
}

/** The tenths of a second, by their number, in which a tone is to be heard. */
export function heardAt(samples: Float32Array, hz: number): readonly number[] {
  return Array.from({ length: Math.floor(samples.length / PIECE) }, (_, at) => at).filter(
    (at) => toneLevelDb(samples.subarray(at * PIECE, (at + 1) * PIECE), hz) > AUDIBLE_DB,
  );
}
