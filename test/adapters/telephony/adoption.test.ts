// A process has gone and left its calls behind; the next one takes them over. Both are adapters of this file, on one switch.
import t, { type Test } from 'tap';
import type { AdoptedPair } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/leg.js';
import { type Conversation, conversation } from './placed-call.js';
import { first, type RawMessage, type RawSipPeer, request, sdpFor } from './raw-sip-peer.js';
import { type SwitchUnderTest, switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony, type TelephonyUnderTest } from './telephony-under-test.js';

const under = await switchUnderTest(t);

interface Kept {
  readonly leg: Leg;
  readonly onLeg: (leg: Leg) => Promise<void>;
  readonly later: Leg[];
}

function kept(journal: readonly Leg[]): Kept {
  const leg = journal.at(-1);
  if (leg === undefined) throw new Error('the leg was never journaled');
  const later: Leg[] = [];
  return { leg, later, onLeg: async (changed) => void later.push(changed) };
}

/** The process that carried the call is gone: its links are cut and it says nothing any more. */
async function gone(before: TelephonyUnderTest): Promise<void> {
  await before.telephony.close();
}

async function adopt(after: TelephonyUnderTest, talk: Conversation, recordPath: string | null = null) {
  const caller = kept(talk.caller.journal);
  const buyer = kept(talk.buyer.journal);
  const answers = Promise.all([
    reinvited(talk.caller.peer, talk.caller.voice.port),
    reinvited(talk.buyer.peer, talk.buyer.voice.port),
  ]);
  const outcome = await after.telephony.adoptPair({
    caller,
    buyer,
    recordPath,
    isRecordedFromAnswer: false,
    afterwards: 'ending',
  });
  return { outcome: adopted(outcome), caller, buyer, invites: await answers };
}

function adopted(outcome: AdoptedPair): Extract<AdoptedPair, { kind: 'adopted' }> {
  if (outcome.kind !== 'adopted') throw new Error(`the pair was not taken over: ${outcome.detail}`);
  return outcome;
}

/** Answers the next re-INVITE as a strict user agent: both tags and a higher CSeq, or 481. */
async function reinvited(peer: RawSipPeer, voicePort: number): Promise<RawMessage> {
  const before = peer.seen.length;
  const invite = await nextAfter(peer, before, /^INVITE /);
  peer.answer(invite, '200 OK', { sdp: sdpFor(voicePort, 2) });
  await nextAfter(peer, before, /^ACK /);
  return invite;
}

function nextAfter(peer: RawSipPeer, before: number, startLine: RegExp): Promise<RawMessage> {
  const already = peer.seen.slice(0, before).filter((message) => startLine.test(message.startLine)).length;
  return peer.next(startLine, already);
}

async function talking(t: Test, under: SwitchUnderTest): Promise<{ before: TelephonyUnderTest; talk: Conversation }> {
  const before = await startTelephony(t, under);
  return { before, talk: await conversation(before) };
}

t.test(
  'a pair in talk is taken over: re-INVITE inside the stored dialogs, audio goes on, the buyer hangs up and the caller is ended',
  async (t) => {
    const { before, talk } = await talking(t, under);
    await gone(before);
    const after = await startTelephony(t, under);
    const { outcome, invites, caller } = await adopt(after, talk);
    const [toCaller, toBuyer] = invites;
    t.equal(first(toCaller, 'call-id'), talk.caller.dialog.callId);
    t.match(first(toCaller, 'from'), `tag=${caller.leg.localTag}`);
    t.match(first(toCaller, 'to'), `tag=${caller.leg.remoteTag}`);
    t.ok(Number.parseInt(first(toBuyer, 'cseq'), 10) > Number.parseInt(first(talk.buyer.invite, 'cseq'), 10));
    const [, version = ''] = /^o=\S+ \S+ (\d+)/m.exec(toCaller.body) ?? [];
    const [, previous = ''] = /^o=\S+ \S+ (\d+)/m.exec(talk.caller.ok.body) ?? [];
    t.ok(BigInt(version) > BigInt(previous), `version ${version} after ${previous}`);
    await Promise.all([talk.caller.voice.heard(25), talk.buyer.voice.heard(25)]);
    talk.buyer.peer.send(request(talk.buyer.peer, 'BYE', 1, talk.buyer.dialog), under.sipPort);
    t.match((await talk.buyer.peer.next(/^SIP\/2.0 200 /)).startLine, '200');
    t.equal(await outcome.unbridged, 'buyer');
    await outcome.caller.ended;
    talk.caller.peer.answer(await talk.caller.peer.next(/^BYE /), '200 OK');
    t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
  },
);
