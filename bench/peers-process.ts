/**
 * Everybody whom the system under measurement talks to: callers and buyers in this process, bidders in one that it starts. Answers the
 * bench's questions over IPC.
 */
import { type PhoneCall, TonePhone } from '../src/embedded/phone/tone-phone.js';
import { answerParent, ChildLink } from '../test/soak/child-link.js';
import { type LoadLeg, type LoadWindow, RtpLoad } from './rtp-load.js';
import type { BidderManner } from './timed-bidders.js';

export interface PeersStart {
  readonly bidders: readonly BidderManner[];
  /** How long a buyer rings before he answers. */
  readonly ringMs: number;
  /** Of 20 ms each, from one packet of a phone to its next; 1 when absent. More of them leave the machine to the servers. */
  readonly ticksPerPacket?: number;
}

export interface PeersStarted {
  readonly buyerUri: string;
  readonly bidderUrls: readonly string[];
}

export interface Placement {
  readonly uri: string;
  readonly calls: number;
  readonly perSecond: number;
  /** From the first audio that the caller hears of the buyer until he hangs up; null stays until `hangup`. */
  readonly talkMs: number | null;
  /** Until he hangs up when he is not joined with a buyer; 15 s when absent. */
  readonly patienceMs?: number;
  /** Of the INVITE. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PlacedCall {
  /** Null when it was not answered. */
  readonly answerMs: number | null;
  /** From the buyer's 200 until the buyer hears the caller, and the reverse; null when it never came. */
  readonly toBuyerMs: number | null;
  readonly toCallerMs: number | null;
}

const PATIENCE_MS = 15_000;
const UNHEARD: PlacedCall = { answerMs: null, toBuyerMs: null, toCallerMs: null };
const ON_ITS_WAY_MS = 300;

const load = new RtpLoad();
const bidders = new ChildLink(new URL('./bidders-process.js', import.meta.url));
const answeredAtMs = new Map<number, number>();
const heardBy = new Map<number, LoadLeg>();
const up: PhoneCall[] = [];
let caller: TonePhone | null = null;
let buyer: TonePhone | null = null;
let callersNumber = 0;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function openLeg(): Promise<LoadLeg> {
  const leg = await load.open();
  leg.onFirstHeard = () => void heardBy.set(leg.heardFrom, leg);
  return leg;
}

async function start({ bidders: manners, ringMs, ticksPerPacket = 1 }: PeersStart): Promise<PeersStarted> {
  load.ticksPerPacket = ticksPerPacket;
  const common = { address: '127.0.0.1', port: 0, transport: 'udp', media: openLeg } as const;
  caller = await TonePhone.start({ ...common, name: 'caller', manner: { kind: 'refuse', status: 480 } });
  buyer = await TonePhone.start({ ...common, name: 'buyer', manner: { kind: 'answer', afterMs: ringMs } });
  buyer.onCall((call) => {
    void call.answered.then(() => answeredAtMs.set((call.media as LoadLeg).number, performance.now()));
  });
  return { buyerUri: buyer.uri, bidderUrls: await bidders.ask<string[]>('start', manners) };
}

/** Settles when the caller hears the buyer or is let go. */
async function talk(call: PhoneCall): Promise<void> {
  const leg = call.media as LoadLeg;
  const heard = new Promise<void>((resolve) => {
    const noted = leg.onFirstHeard;
    leg.onFirstHeard = () => {
      noted();
      resolve();
    };
  });
  await Promise.race([heard, call.ended]);
}

/** Settles when the call is over, or stays up with its caller and buyer talking. */
async function carryOut(call: PhoneCall, startedMs: number, talkMs: number | null): Promise<PlacedCall> {
  await call.answered;
  const answerMs = call.isOver ? null : performance.now() - startedMs;
  await talk(call);
  const leg = call.media as LoadLeg;
  // The buyer hears the caller within a packet's time of the reverse.
  await pause(talkMs ?? ON_ITS_WAY_MS);
  if (talkMs === null) up.push(call);
  else {
    call.hangup();
    await call.ended;
  }
  const buyerAnsweredMs = answeredAtMs.get(leg.heardFrom);
  if (buyerAnsweredMs === undefined) return { ...UNHEARD, answerMs };
  const toBuyer = heardBy.get(leg.number)?.firstHeardMs ?? null;
  return {
    answerMs,
    toBuyerMs: toBuyer === null ? null : toBuyer - buyerAnsweredMs,
    toCallerMs: leg.firstHeardMs - buyerAnsweredMs,
  };
}

/** Whatever becomes of a call, the bench goes on. */
async function placeOne({ uri, talkMs, headers, patienceMs = PATIENCE_MS }: Placement): Promise<PlacedCall> {
  if (caller === null) throw new Error('the peers are not started');
  callersNumber += 1;
  const from = `+1310555${String(callersNumber % 10_000).padStart(4, '0')}`;
  const startedMs = performance.now();
  const call = await caller.call(uri, from, headers);
  return await new Promise((resolve) => {
    const patience = setTimeout(
      () => {
        call.hangup();
        resolve(UNHEARD);
      },
      patienceMs + (talkMs ?? 0),
    );
    void carryOut(call, startedMs, talkMs).then((placed) => {
      clearTimeout(patience);
      resolve(placed);
    });
  });
}

async function place(placement: Placement): Promise<PlacedCall[]> {
  const placed: Promise<PlacedCall>[] = [];
  const startedMs = performance.now();
  while (placed.length < placement.calls) {
    placed.push(placeOne(placement));
    await pause(startedMs + (placed.length * 1000) / placement.perSecond - performance.now());
  }
  return await Promise.all(placed);
}

async function window(ms: number): Promise<LoadWindow & { readonly cpuMs: number }> {
  const before = process.cpuUsage();
  load.startWindow();
  await pause(ms);
  load.stopCounting();
  const used = process.cpuUsage(before);
  await pause(ON_ITS_WAY_MS);
  return { ...load.endWindow(), cpuMs: (used.user + used.system) / 1000 };
}

async function hangup(): Promise<number> {
  const calls = up.splice(0);
  for (const call of calls) {
    call.hangup();
    await pause(5);
  }
  await Promise.race([Promise.all(calls.map((call) => call.ended)), pause(PATIENCE_MS)]);
  return calls.length;
}

answerParent(
  {
    start: (argument) => start(argument as PeersStart),
    place: (argument) => place(argument as Placement),
    window: (argument) => window(Number(argument)),
    answerings: () => bidders.ask('answerings'),
    hangup,
  },
  async () => {
    await caller?.close();
    await buyer?.close();
    load.close();
    await bidders.stop();
  },
);
