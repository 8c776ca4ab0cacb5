// What a buyer can do with our INVITE, against a switch.
import t from 'tap';
import { answeredBuyer, calleeSide } from './placed-call.js';
import type { RawMessage, RawSipPeer } from './raw-sip-peer.js';
import { first, request, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { dialling, NOTHING_LEFT, nothingLeft, startTelephony } from './telephony-under-test.js';

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under);
const { name } = under.mediaServer;

t.test('busy: the dial fails with 486 and its cause', async (t) => {
  const peer = await tel.peer();
  const { request: dial, legs } = dialling(peer, name);
  const dialled = tel.telephony.dial(dial);
  peer.answer(await peer.next(/^INVITE /), '486 Busy Here', { tag: 'b' });
  t.match(await dialled, { kind: 'failed', sipStatus: 486, cause: 'USER_BUSY' });
  const rows = [{ state: 'setting-up', inviteId: null }, { state: 'setting-up', inviteId: String }, { state: 'ended' }];
  t.match(legs, rows, 'he was to ring, he rang, and is gone');
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

/** Plays the buyer's side of a CANCEL: 200 to it, 487 to the INVITE. */
async function beCancelled(peer: RawSipPeer, invite: RawMessage): Promise<RawMessage> {
  const cancel = await peer.next(/^CANCEL /);
  peer.answer(cancel, '200 OK', { tag: 'b' });
  peer.answer(invite, '487 Request Terminated', { tag: 'b' });
  await peer.next(/^ACK /);
  return cancel;
}

t.test('no answer until the ring time-out: CANCEL with the reason, then the next buyer may be tried', async (t) => {
  const peer = await tel.peer();
  const { request: dial, rings } = dialling(peer, name, { ringTimeoutMs: 300 });
  const dialled = tel.telephony.dial(dial);
  const invite = await peer.next(/^INVITE /);
  peer.answer(invite, '180 Ringing', { tag: 'b' });
  t.match(first(await beCancelled(peer, invite), 'reason'), /NO_ANSWER/);
  t.same(await dialled, { kind: 'no-answer' });
  t.same(rings, [180]);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('aborted while it rings: CANCEL says that the call was completed elsewhere (RFC 3326)', async (t) => {
  const peer = await tel.peer();
  const { request: dial, abort } = dialling(peer, name);
  const dialled = tel.telephony.dial(dial);
  const invite = await peer.next(/^INVITE /);
  peer.answer(invite, '180 Ringing', { tag: 'b' });
  abort();
  t.equal(first(await beCancelled(peer, invite), 'reason'), 'SIP;cause=200;text="Call completed elsewhere"');
  t.same(await dialled, { kind: 'cancelled' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a 200 that crosses our CANCEL is acknowledged and ended at once', async (t) => {
  const peer = await tel.peer();
  const { request: dial, abort, legs } = dialling(peer, name);
  const dialled = tel.telephony.dial(dial);
  const invite = await peer.next(/^INVITE /);
  peer.answer(invite, '180 Ringing', { tag: 'b' });
  abort();
  const cancel = await peer.next(/^CANCEL /);
  peer.answer(invite, '200 OK', { tag: 'b', sdp: sdpFor(40_002) });
  peer.answer(cancel, '481 Call Does Not Exist', { tag: 'b' });
  await peer.next(/^ACK /);
  peer.answer(await peer.next(/^BYE /), '200 OK');
  t.same(await dialled, { kind: 'cancelled' });
  t.match(legs, [{ state: 'setting-up' }, { state: 'setting-up' }, { state: 'ended' }]);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('an abort that finds the buyer just answered ends him', async (t) => {
  const peer = await tel.peer();
  const { request: dial, abort } = dialling(peer, name, {
    onLeg: ({ state }) => {
      if (state === 'up') abort();
      return Promise.resolve();
    },
  });
  const dialled = tel.telephony.dial(dial);
  peer.answer(await peer.next(/^INVITE /), '200 OK', { tag: 'b', sdp: sdpFor(40_002) });
  await peer.next(/^ACK /);
  peer.answer(await peer.next(/^BYE /), '200 OK');
  t.same(await dialled, { kind: 'cancelled' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a 200 without SDP cannot be a call: it is acknowledged, ended and counted as failed', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(dialling(peer, name).request);
  peer.answer(await peer.next(/^INVITE /), '200 OK', { tag: 'b' });
  await peer.next(/^ACK /);
  peer.answer(await peer.next(/^BYE /), '200 OK');
  t.match(await dialled, { kind: 'failed', sipStatus: 488 });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a buyer without a codec of ours is ended by the media server', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(dialling(peer, name).request);
  const sdp = sdpFor(40_002)
    .replace('RTP/AVP 0 101', 'RTP/AVP 18')
    .replace(/a=rtpmap.*\r\n/g, '');
  peer.answer(await peer.next(/^INVITE /), '200 OK', { tag: 'b', sdp });
  const outcome = await dialled;
  peer.answer(await peer.next(/^BYE /), '200 OK');
  if (outcome.kind !== 'answered') throw new Error(outcome.kind);
  t.match(await outcome.leg.ended, { by: 'media-server', cause: 'INCOMPATIBLE_DESTINATION' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a redirection is a refusal: the far end may not choose whom we dial', async (t) => {
  const [peer, elsewhere] = [await tel.peer(), await tel.peer()];
  const dialled = tel.telephony.dial(dialling(peer, name).request);
  const headers = `Contact: <sip:premium@127.0.0.1:${elsewhere.port}>\r\n`;
  peer.answer(await peer.next(/^INVITE /), '302 Moved Temporarily', { tag: 'b', headers });
  t.match(await dialled, { kind: 'failed', sipStatus: 302 });
  t.same(elsewhere.seen, []);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a trunk that asks for a digest gets one, and its second challenge is the end', async (t) => {
  const peer = await tel.peer();
  const gateway = { host: '127.0.0.1', port: peer.port, transport: 'udp' as const, priority: 1, weight: 1 };
  const address = {
    kind: 'gateway' as const,
    gateway,
    number: '+15550001111',
    credentials: { username: 'u', password: 'p' },
  };
  const dialled = tel.telephony.dial(dialling(peer, name, { address }).request);
  const challenge = {
    tag: 'b',
    headers: 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"\r\n',
  };
  const plain = await peer.next(/^INVITE /);
  t.equal(plain.headers.has('authorization'), false);
  peer.answer(plain, '401 Unauthorized', challenge);
  const signed = await peer.next(/^INVITE /, 1);
  t.match(first(signed, 'authorization'), /username="u".*response="[0-9a-f]{32}"/);
  peer.answer(signed, '100 Trying');
  peer.answer(signed, '401 Unauthorized', challenge);
  t.match(await dialled, { kind: 'failed', sipStatus: 401, cause: 'CALL_REJECTED' });
  t.equal(peer.seen.filter((message) => message.startLine.startsWith('INVITE')).length, 2);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('the buyer sees who calls, and nothing that a caller could have written into a header', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(
    dialling(peer, name, {
      fromName: 'Eve"\r\nX-Evil: 1\r\n<sip:x>',
      fromUser: '+1555\r\nX-Evil: 2',
      diversion: '+15559990000',
    }).request,
  );
  const invite = await peer.next(/^INVITE /);
  peer.answer(invite, '603 Decline', { tag: 'b' });
  await dialled;
  t.match(first(invite, 'from'), /^"Eve\s+X-Evil: 1\s+sip:x" <sip:anonymous@/);
  t.equal(invite.headers.has('x-evil'), false);
  t.match(first(invite, 'diversion'), /^<sip:\+15559990000@/);
  t.match(first(invite, 'p-asserted-identity'), /^<sip:\+15551230000@/);
});

t.test('an address that is not one of ours to dial is refused before any leg is opened', async (t) => {
  const peer = await tel.peer();
  for (const uri of ['tel:+15550000', 'sip:x@host?Route=%3Csip:evil%3E', 'sip:a b@host', 'sip:x@host\r\nX: y']) {
    const outcome = await tel.telephony.dial(dialling(peer, name, { address: { kind: 'uri', uri } }).request);
    t.match(outcome, { kind: 'failed', sipStatus: 484 }, uri);
  }
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a buyer who hangs up before the bridge: the bridge fails and the caller is untouched', async (t) => {
  const buyer = await answeredBuyer(tel, name);
  buyer.peer.send(request(buyer.peer, 'BYE', 1, calleeSide(buyer.invite, 'buyer')));
  t.match(await buyer.leg.ended, { by: 'far-end', cause: 'NORMAL_CLEARING' });
  t.equal(buyer.leg.hasEnded, true);
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});
