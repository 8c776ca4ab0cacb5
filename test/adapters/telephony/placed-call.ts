/** A caller's and a buyer's part of a call, played by raw peers, up to the point that a test is about. */
import type { BuyerLeg, CallerLeg, CallerTreatment, DialRequest } from '../../../src/application/ports/telephony.js';
import type { Leg } from '../../../src/domain/calls/leg.js';
import {
  contactUri,
  type DialogSide,
  first,
  type RawMessage,
  type RawSipPeer,
  request,
  sdpFor,
} from './raw-sip-peer.js';
import { dialling, type TelephonyUnderTest, treatment } from './telephony-under-test.js';
import type { Voice } from './voice.js';

let serial = 0;

export function invitation(sipPort: number, user = '+18005551212'): DialogSide {
  serial += 1;
  return {
    callId: `in-${process.pid}-${serial}`,
    local: '"Al" <sip:+15557654321@127.0.0.1>;tag=caller',
    remote: `<sip:${user}@127.0.0.1>`,
    target: `sip:${user}@127.0.0.1:${sipPort}`,
  };
}

export interface AnsweredCaller {
  readonly peer: RawSipPeer;
  /** For requests of the caller inside the dialog. */
  readonly dialog: DialogSide;
  readonly invite: string;
  readonly ok: RawMessage;
  readonly voice: Voice;
  readonly leg: CallerLeg;
  /** As journaled, oldest first. */
  readonly journal: readonly Leg[];
}

/** A caller who has been answered and has acknowledged. */
export async function answeredCaller(
  under: TelephonyUnderTest,
  overrides: Partial<CallerTreatment> = {},
  headers = '',
): Promise<AnsweredCaller> {
  const peer = await under.peer();
  const dialog = invitation(under.sipPort);
  const voice = await under.voice();
  const invite = request(peer, 'INVITE', 1, dialog, { headers, sdp: sdpFor(voice.port) });
  peer.send(invite, under.sipPort);
  const inbound = await under.nextInbound();
  const journal: Leg[] = [];
  const onLeg = (leg: Leg): Promise<void> => {
    journal.push(leg);
    return Promise.resolve();
  };
  const [outcome, ok] = await Promise.all([inbound.answer(treatment(overrides), onLeg), acknowledge(peer, dialog)]);
  if (outcome.kind !== 'answered') throw new Error(`the caller was not answered: ${JSON.stringify(outcome)}`);
  voice.speakTo(ok.body);
  return { peer, invite, ok, voice, journal, leg: outcome.leg, dialog: confirmed(dialog, ok) };
}

/** Awaits the 200 and sends the ACK. */
export async function acknowledge(peer: RawSipPeer, dialog: DialogSide, sdp?: string): Promise<RawMessage> {
  const ok = await peer.next(/^SIP\/2\.0 200/);
  peer.send(request(peer, 'ACK', 1, confirmed(dialog, ok), sdp === undefined ? {} : { sdp }));
  return ok;
}

export function confirmed(dialog: DialogSide, ok: RawMessage): DialogSide {
  return { ...dialog, remote: first(ok, 'to'), target: contactUri(ok) };
}

export interface AnsweredBuyer {
  readonly peer: RawSipPeer;
  readonly dialog: DialogSide;
  readonly invite: RawMessage;
  readonly voice: Voice;
  readonly leg: BuyerLeg;
  readonly journal: readonly Leg[];
}

export async function answeredBuyer(
  under: TelephonyUnderTest,
  mediaServer: string,
  overrides: Partial<DialRequest> = {},
): Promise<AnsweredBuyer> {
  const peer = await under.peer();
  const { request: dial, legs: journal } = dialling(peer, mediaServer, overrides);
  const dialled = under.telephony.dial(dial);
  const invite = await peer.next(/^INVITE /);
  const voice = await under.voice();
  voice.speakTo(invite.body);
  peer.answer(invite, '200 OK', { tag: 'buyer', sdp: sdpFor(voice.port) });
  const outcome = await dialled;
  if (outcome.kind !== 'answered') throw new Error(`the buyer did not answer: ${JSON.stringify(outcome)}`);
  await peer.next(/^ACK /);
  return { peer, invite, voice, journal, leg: outcome.leg, dialog: calleeSide(invite, 'buyer') };
}

export function calleeSide(invite: RawMessage, tag: string): DialogSide {
  return {
    callId: first(invite, 'call-id'),
    local: `${first(invite, 'to')};tag=${tag}`,
    remote: first(invite, 'from'),
    target: contactUri(invite),
  };
}

export interface Conversation {
  readonly caller: AnsweredCaller;
  readonly buyer: AnsweredBuyer;
  readonly unbridged: Promise<'caller' | 'buyer' | 'system'>;
}

export async function conversation(
  under: TelephonyUnderTest,
  options: { afterwards?: 'hold' | 'ending'; treatment?: Partial<CallerTreatment> } = {},
): Promise<Conversation> {
  const caller = await answeredCaller(under, options.treatment);
  const buyer = await answeredBuyer(under, caller.leg.mediaServer);
  await caller.leg.greeted;
  const outcome = await caller.leg.bridge(buyer.leg, options.afterwards ?? 'ending');
  if (outcome.kind !== 'bridged') throw new Error(`the legs were not joined: ${outcome.detail}`);
  return { caller, buyer, unbridged: outcome.unbridged };
}
