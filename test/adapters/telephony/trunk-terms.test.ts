// What a trunk asks of our INVITEs, and what a carrier must hear of us in time, against a switch.
import t from 'tap';
import type { DialRequest, DialTerms } from '../../../src/application/ports/telephony.js';
import { acknowledge, answeredCaller, confirmed, invitation } from './placed-call.js';
import { first, type RawMessage, type RawSipPeer, request, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { dialling, NOTHING_LEFT, nothingLeft, startTelephony, treatment } from './telephony-under-test.js';

const RINGING_MS = 150;

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under, { deadlines: { ringingMs: RINGING_MS } });
const { name } = under.mediaServer;

const TERMS: DialTerms = {
  media: { codecs: ['PCMU', 'PCMA'], dtmf: 'rfc4733', srtp: 'off' },
  silentAfterMs: null,
  answersOptions: false,
  sessionTimer: null,
};

function through(peer: RawSipPeer, terms: Partial<DialTerms>, overrides: Partial<DialRequest> = {}): DialRequest {
  const gateway = { host: '127.0.0.1', port: peer.port, transport: 'udp', priority: 1, weight: 1 } as const;
  const address = { kind: 'gateway', gateway, number: '+12025550100', credentials: null } as const;
  return dialling(peer, name, { address, terms: { ...TERMS, ...terms }, ...overrides }).request;
}

/** Dials, refuses with 486, and gives the INVITE as the trunk saw it. */
async function inviteOf(terms: Partial<DialTerms>, overrides: Partial<DialRequest> = {}): Promise<RawMessage> {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(through(peer, terms, overrides));
  const invite = await peer.next(/^INVITE /);
  peer.answer(invite, '486 Busy Here', { tag: 'b' });
  await dialled;
  return invite;
}

t.test('the offer has the codecs of the trunk in its order, and telephone-event', async (t) => {
  const { body } = await inviteOf({ media: { codecs: ['PCMA', 'PCMU'], dtmf: 'rfc4733', srtp: 'off' } });
  t.match(body, /^m=audio \d+ RTP\/AVP 8 0 101\r$/m);
  t.equal(body.match(/^m=/gm)?.length, 1, 'one line');
  const { body: plain } = await inviteOf({ media: { codecs: ['PCMU'], dtmf: 'info', srtp: 'off' } });
  t.match(plain, /^m=audio \d+ RTP\/AVP 0\r$/m);
  t.notMatch(plain, /telephone-event/, 'keys go by INFO');
});

t.test('a codec that the media server does not have is refused in a sentence, and nothing is sent', async (t) => {
  const peer = await tel.peer();
  const dial = through(peer, { media: { codecs: ['G729'], dtmf: 'rfc4733', srtp: 'off' } });
  const detail = 'the media server offers none of G729';
  t.match(await tel.telephony.dial(dial), { kind: 'failed', sipStatus: 488, detail });
  t.same(peer.seen, []);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a trunk that requires SRTP gets it, or the dial is refused in a sentence', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(through(peer, { media: { ...TERMS.media, srtp: 'required' } }));
  // FreeSWITCH makes a secure offer only when it is started with RINGPOST_FS_SECURE_MEDIA=optional or mandatory.
  if ((process.env.E2E_SECURE_MEDIA ?? '') === '') {
    t.match(await dialled, { kind: 'failed', sipStatus: 488, detail: /no SRTP.*RINGPOST_FS_SECURE_MEDIA/ });
    t.same(peer.seen, []);
  } else {
    const invite = await peer.next(/^INVITE /);
    t.match(invite.body, /^m=audio \d+ RTP\/SAVP 0 8 101\r$/m);
    t.match(invite.body, /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:/m);
    t.notMatch(invite.body, /RTP\/AVP/);
    peer.answer(invite, '486 Busy Here', { tag: 'b' });
    await dialled;
  }
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a session timer is asked for as RFC 4028 has it', async (t) => {
  const invite = await inviteOf({ sessionTimer: { expiresSeconds: 1_800, refresher: 'uac' } });
  t.equal(first(invite, 'session-expires'), '1800;refresher=uac');
  t.equal(first(invite, 'min-se'), '90');
  t.match(first(invite, 'supported'), /timer/);
});

t.test('a caller who withholds his number is anonymous in From and known to the trunk alone', async (t) => {
  const invite = await inviteOf({}, { isPrivate: true, diversion: '+18005550100' });
  t.match(first(invite, 'from'), '"Anonymous" <sip:anonymous@anonymous.invalid>');
  t.equal(first(invite, 'privacy'), 'id');
  t.match(first(invite, 'p-asserted-identity'), '+15551230000');
  t.match(first(invite, 'diversion'), '+18005550100');
});

t.test('a caller whose answer takes long hears that it rings, and the 200 is of the same dialog', async (t) => {
  const peer = await tel.peer();
  const voice = await tel.voice();
  const dialog = invitation(under.sipPort);
  peer.send(request(peer, 'INVITE', 1, dialog, { sdp: sdpFor(voice.port) }), under.sipPort);
  const inbound = await tel.nextInbound();
  const ringing = await peer.next(/^SIP\/2\.0 180/);
  const [outcome, ok] = await Promise.all([
    inbound.answer(treatment(), () => Promise.resolve()),
    acknowledge(peer, dialog),
  ]);
  t.equal(outcome.kind, 'answered');
  t.equal(/tag=([^;]+)/.exec(first(ringing, 'to'))?.[1], /tag=([^;]+)/.exec(first(ok, 'to'))?.[1]);
  peer.send(request(peer, 'BYE', 2, confirmed(dialog, ok)));
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a caller who is refused after the 180 gets his final answer, with Retry-After', async (t) => {
  const peer = await tel.peer();
  peer.send(request(peer, 'INVITE', 1, invitation(under.sipPort), { sdp: sdpFor(40_000) }), under.sipPort);
  const inbound = await tel.nextInbound();
  await peer.next(/^SIP\/2\.0 180/);
  inbound.reject(503, 'Service Unavailable', 2);
  t.equal(first(await peer.next(/^SIP\/2\.0 503/), 'retry-after'), '2');
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('T.38 in a re-INVITE is refused with 488 and the call goes on', async (t) => {
  const { peer, dialog, voice, leg } = await answeredCaller(tel);
  const fax = sdpFor(voice.port, 2).replace(
    /m=audio[\s\S]*/,
    `m=image ${voice.port} udptl t38\r\na=T38FaxVersion:0\r\n`,
  );
  peer.send(request(peer, 'INVITE', 2, dialog, { sdp: fax }));
  const refusal = await peer.next(/^SIP\/2\.0 488/);
  t.equal(first(refusal, 'cseq'), '2 INVITE');
  await voice.heard(5);
  t.equal(leg.hasEnded, false);
  peer.send(request(peer, 'BYE', 3, dialog));
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a caller on a trunk with other codecs is refused with 488, one with the right ones is answered', async (t) => {
  const peer = await tel.peer();
  peer.send(request(peer, 'INVITE', 1, invitation(under.sipPort), { sdp: sdpFor(40_000) }), under.sipPort);
  const inbound = await tel.nextInbound();
  const onLeg = (): Promise<void> => Promise.resolve();
  const refused = await inbound.answer(treatment({ media: { ...TERMS.media, codecs: ['PCMA'] } }), onLeg);
  t.match(refused, { kind: 'no-media', sipStatus: 488, detail: "the caller's offer has no PCMA" });
  inbound.reject(488, 'Not Acceptable Here');
  await peer.next(/^SIP\/2\.0 488/);
  const answered = await answeredCaller(tel, { media: { ...TERMS.media, dtmf: 'info' } });
  t.match(answered.ok.body, /^m=audio \d+ RTP\/AVP 0\r$/m);
  answered.peer.send(request(answered.peer, 'BYE', 2, answered.dialog));
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});
