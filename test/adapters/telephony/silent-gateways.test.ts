// Gateways that say nothing, against a switch. drachtio waits 32 s for each answer that never comes (timers B and F), so what is pending
// there outlasts the tests of this file, and each asks for its dialogs alone.
import t from 'tap';
import type { DialRequest } from '../../../src/application/ports/telephony.js';
import type { Gateway } from '../../../src/domain/trunks/trunk.js';
import { type RawSipPeer, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { dialling, startTelephony } from './telephony-under-test.js';

const SILENT_MS = 400;

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under);

const gatewayOf = (peer: RawSipPeer): Gateway => ({
  host: '127.0.0.1',
  port: peer.port,
  transport: 'udp',
  priority: 1,
  weight: 1,
});

function through(peer: RawSipPeer, answersOptions = false): DialRequest {
  const address = { kind: 'gateway', gateway: gatewayOf(peer), number: '+12025550100', credentials: null } as const;
  const media = { codecs: ['PCMU'], dtmf: 'rfc4733', srtp: 'off' } as const;
  const terms = { media, silentAfterMs: SILENT_MS, answersOptions, sessionTimer: null };
  return dialling(peer, under.mediaServer.name, { address, terms }).request;
}

function noLegs(): object {
  const { buyerLegs, dialogs } = tel.telephony.counts();
  return { buyerLegs, dialogs };
}

const NO_LEGS = { buyerLegs: 0, dialogs: 0 };

t.test('a gateway that says nothing is given up, and cancelled when it wakes (RFC 3263 section 4.3)', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(through(peer));
  const invite = await peer.next(/^INVITE /);
  t.match(await dialled, { kind: 'failed', sipStatus: 408, detail: `no sign of life within ${SILENT_MS} ms` });
  peer.answer(invite, '180 Ringing', { tag: 'b' });
  const cancel = await peer.next(/^CANCEL /);
  peer.answer(cancel, '200 OK', { tag: 'b' });
  peer.answer(invite, '487 Request Terminated', { tag: 'b' });
  t.same(noLegs(), NO_LEGS);
});

t.test('a silent gateway that answers late is acknowledged and ended: two buyers never talk', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(through(peer));
  const invite = await peer.next(/^INVITE /);
  t.match(await dialled, { kind: 'failed', sipStatus: 408 });
  peer.answer(invite, '200 OK', { tag: 'b', sdp: sdpFor(40_002) });
  await peer.next(/^ACK /);
  peer.answer(await peer.next(/^BYE /), '200 OK');
  t.same(noLegs(), NO_LEGS);
});

t.test('a gateway that rings late but answers OPTIONS meanwhile is not taken for silent', async (t) => {
  const peer = await tel.peer();
  const dialled = tel.telephony.dial(through(peer, true));
  const invite = await peer.next(/^INVITE /);
  peer.answer(await peer.next(/^OPTIONS /), '405 Method Not Allowed', { tag: 'o' });
  // A dial that were given up would settle before this one of another gateway.
  t.match(await tel.telephony.probe(gatewayOf(await tel.peer()), SILENT_MS * 2), { kind: 'silent' });
  peer.answer(invite, '486 Busy Here', { tag: 'b' });
  t.match(await dialled, { kind: 'failed', sipStatus: 486 });
});

t.test('OPTIONS to a gateway: any answer is one, and silence is told in time', async (t) => {
  const peer = await tel.peer();
  const probed = tel.telephony.probe(gatewayOf(peer), 2_000);
  peer.answer(await peer.next(/^OPTIONS /), '404 Not Found', { tag: 'o' });
  t.match(await probed, { kind: 'answered', sipStatus: 404, latencyMs: Number });
  const silent = await tel.telephony.probe(gatewayOf(await tel.peer()), 200);
  t.same(silent, { kind: 'silent', detail: 'no answer to OPTIONS within 200 ms' });
  const nobody = { ...gatewayOf(peer), host: 'no host at all' };
  t.same(await tel.telephony.probe(nobody, 200), { kind: 'silent', detail: 'its host is no host name' });
});
