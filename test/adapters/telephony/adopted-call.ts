/** What the tests of adoption share: a process that is gone, the one that takes over, and far ends that are asked again. */
import type { Test } from 'tap';
import type { AdoptedPair } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import type { Conversation } from './placed-call.js';
import { type RawMessage, type RawSipPeer, sdpFor } from './raw-sip-peer.js';
import type { SwitchUnderTest } from './switch-under-test.js';
import { startTelephony, type TelephonyUnderTest } from './telephony-under-test.js';

export interface KeptLeg {
  readonly leg: Leg;
  readonly onLeg: (leg: Leg) => Promise<void>;
  /** What the process that took over has journaled. */
  readonly later: Leg[];
}

export function kept(journal: readonly Leg[]): KeptLeg {
  const leg = journal.at(-1);
  if (leg === undefined) throw new Error('the leg was never journaled');
  const later: Leg[] = [];
  return { leg, later, onLeg: async (changed) => void later.push(changed) };
}

/** The process that carried the calls is gone: its links are cut and it says nothing more. Answers the one that comes after it. */
export async function succeeded(
  t: Test,
  under: SwitchUnderTest,
  before: TelephonyUnderTest,
): Promise<TelephonyUnderTest> {
  await before.telephony.close();
  return await startTelephony(t, under);
}

export function adopted(outcome: AdoptedPair): Extract<AdoptedPair, { kind: 'adopted' }> {
  if (outcome.kind !== 'adopted') throw new Error(`the pair was not taken over: ${outcome.detail}`);
  return outcome;
}

export interface Adoption {
  readonly outcome: Extract<AdoptedPair, { kind: 'adopted' }>;
  readonly caller: KeptLeg;
  readonly buyer: KeptLeg;
}

/** Far ends must be answering: see `reinvited`. */
export async function adoptTalk(
  after: TelephonyUnderTest,
  talk: Conversation,
  recordPath: string | null = null,
): Promise<Adoption> {
  const caller = kept(talk.caller.journal);
  const buyer = kept(talk.buyer.journal);
  const request = { caller, buyer, recordPath, isRecordedFromAnswer: false, afterwards: 'ending' } as const;
  return { outcome: adopted(await after.telephony.adoptPair(request)), caller, buyer };
}

/** Both far ends take their re-INVITE; answers what came. */
export function bothReinvited(talk: Conversation): Promise<[RawMessage, RawMessage]> {
  return Promise.all([
    reinvited(talk.caller.peer, talk.caller.voice.port),
    reinvited(talk.buyer.peer, talk.buyer.voice.port),
  ]);
}

/** Takes the next INVITE, and answers it when its ACK has come. */
export async function reinvited(peer: RawSipPeer, voicePort: number, sdp = sdpFor(voicePort, 2)): Promise<RawMessage> {
  const acknowledged = nextNew(peer, /^ACK /);
  const invite = await nextNew(peer, /^INVITE /);
  peer.answer(invite, '200 OK', { sdp });
  await acknowledged;
  return invite;
}

/** The next message that has not come yet. */
export function nextNew(peer: RawSipPeer, startLine: RegExp): Promise<RawMessage> {
  return peer.next(startLine, peer.seen.filter((message) => startLine.test(message.startLine)).length);
}

/** The far end takes the BYE that has come, or comes. */
export async function takesBye(peer: RawSipPeer): Promise<RawMessage> {
  const bye = await peer.next(/^BYE /);
  peer.answer(bye, '200 OK');
  return bye;
}

export function originVersion(sdp: string): bigint {
  return BigInt(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1] ?? '-1');
}
