// A strict user agent at both ends of a pair that is taken over: baresip checks tags, CSeq and the version of the SDP.
import t from 'tap';
import type { DialRequest } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';
import { BaresipRun } from '../../support/baresip-run.js';
import { missingProgram } from '../../support/installed-program.js';
import { adopted, kept, succeeded } from './adopted-call.js';
import { switchUnderTest } from './switch-under-test.js';
import {
  NOTHING_LEFT,
  nothingLeft,
  startTelephony,
  type TelephonyUnderTest,
  treatment,
} from './telephony-under-test.js';

const skip = missingProgram('baresip');
const under = await switchUnderTest(t);

const CALLER_HZ = 500;
const BUYER_HZ = 700;
const AUDIBLE_DB = -30;
/** Of talk, after the two are in new hands. */
const TALK_MS = 1_500;

async function bridgedBaresips(before: TelephonyUnderTest) {
  const [a, b]: [Leg[], Leg[]] = [[], []];
  const buyer = await BaresipRun.start({ toneHz: BUYER_HZ, dial: null });
  const calling = before.nextInbound();
  const caller = await BaresipRun.start({ toneHz: CALLER_HZ, dial: `sip:+18005551212@127.0.0.1:${under.sipPort}` });
  const answer = await (await calling).answer(treatment(), async (leg) => void a.push(leg));
  if (answer.kind !== 'answered') throw new Error(answer.kind);
  const dial: DialRequest = {
    ...{ callId: 'call-1', legId: 'call-1-b1', targetId: 'target-1', fromUser: '+15551230000', fromName: null },
    ...{
      assertedIdentity: null,
      diversion: null,
      ringTimeoutMs: 10_000,
      whisperPath: null,
      acceptPrompt: null,
      mediaTimeoutMs: 20_000,
    },
    address: { kind: 'uri', uri: buyer.uri },
    mediaServer: answer.leg.mediaServer,
    signal: new AbortController().signal,
    onLeg: async (leg) => void b.push(leg),
    onRinging: () => undefined,
  };
  const dialled = await before.telephony.dial(dial);
  if (dialled.kind !== 'answered') throw new Error(dialled.kind);
  await answer.leg.greeted;
  const bridge = await answer.leg.bridge(dialled.leg, 'ending');
  if (bridge.kind !== 'bridged') throw new Error(bridge.detail);
  return { caller, buyer, journals: { caller: a, buyer: b } };
}

/** The last half second. */
const lastOf = (heard: Int16Array): Int16Array => heard.subarray(Math.max(0, heard.length - 4_000));

t.test(
  'baresip at both ends: it takes the re-INVITE, hears the other on, and its BYE ends the call',
  { skip },
  async (t) => {
    const before = await startTelephony(t, under);
    const { caller, buyer, journals } = await bridgedBaresips(before);
    const after = await succeeded(t, under, before);
    const [a, b] = [kept(journals.caller), kept(journals.buyer)];
    const pair = { caller: a, buyer: b, recordPath: null, isRecordedFromAnswer: false, afterwards: 'ending' } as const;
    const { caller: callerLeg, buyer: buyerLeg, unbridged } = adopted(await after.telephony.adoptPair(pair));
    t.ok((a.later[0]?.localCseq ?? 0) > (a.leg.localCseq ?? 0), 'the caller has taken the re-INVITE');
    t.ok((b.later[0]?.localCseq ?? 0) > (b.leg.localCseq ?? 0), 'and the buyer');
    await Promise.all([caller.hears(TALK_MS), buyer.hears(TALK_MS)]);
    t.equal(callerLeg.hasEnded || buyerLeg.hasEnded, false);
    const buyerHeard = await buyer.stop();
    t.equal(await unbridged, 'buyer');
    t.ok(toneLevelDb(lastOf(buyerHeard), CALLER_HZ) > AUDIBLE_DB, 'the buyer heard the caller to the end');
    await callerLeg.ended;
    await caller.says('session closed');
    const callerHeard = await caller.stop();
    // The ending message and the way there are shorter than what is left out here.
    const talk = callerHeard.subarray(-16_000, -8_000);
    t.ok(toneLevelDb(talk, BUYER_HZ) > AUDIBLE_DB, 'the caller heard the buyer');
    t.same(await nothingLeft(after.telephony), NOTHING_LEFT);
  },
);
