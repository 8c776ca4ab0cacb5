// What a far end may ask inside the dialog while the call is up, against a switch.
import t from 'tap';
import { answeredCaller, conversation, invitation } from './placed-call.js';
import { contactUri, first, request, sdpFor } from './raw-sip-peer.js';
import { switchUnderTest } from './switch-under-test.js';
import { NOTHING_LEFT, nothingLeft, startTelephony } from './telephony-under-test.js';

const under = await switchUnderTest(t);
const tel = await startTelephony(t, under);

t.test('re-INVITE hold and back: the media server itself answers each offer', async (t) => {
  const { caller, buyer } = await conversation(tel);
  const held = sdpFor(caller.voice.port, 2).replace('sendrecv', 'sendonly');
  caller.peer.send(request(caller.peer, 'INVITE', 2, caller.dialog, { sdp: held }));
  const holdAnswer = await caller.peer.next(/^SIP\/2\.0 200/, 1);
  t.match(holdAnswer.body, /a=(recvonly|inactive)/);
  caller.peer.send(request(caller.peer, 'ACK', 2, caller.dialog));
  caller.peer.send(request(caller.peer, 'INVITE', 3, caller.dialog, { sdp: sdpFor(caller.voice.port, 3) }));
  const backAnswer = await caller.peer.next(/^SIP\/2\.0 200/, 2);
  t.notMatch(backAnswer.body, /a=(recvonly|inactive|sendonly)/);
  caller.peer.send(request(caller.peer, 'ACK', 3, caller.dialog));
  await caller.voice.heard(5);
  t.equal(buyer.leg.hasEnded, false);
  caller.peer.send(request(caller.peer, 'BYE', 4, caller.dialog));
  buyer.peer.answer(await buyer.peer.next(/^BYE /), '200 OK');
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a session refresh by re-INVITE or UPDATE is answered without troubling the media server', async (t) => {
  const caller = await answeredCaller(tel);
  const { peer, dialog, ok } = caller;
  peer.send(request(peer, 'INVITE', 2, dialog, { sdp: sdpFor(caller.voice.port) }));
  t.equal((await peer.next(/^SIP\/2\.0 200/, 1)).body, ok.body, 'the same SDP as before');
  peer.send(request(peer, 'ACK', 2, dialog));
  peer.send(request(peer, 'UPDATE', 3, dialog));
  const updated = await peer.next(/^SIP\/2\.0 200/, 2);
  t.equal(first(updated, 'cseq'), '3 UPDATE');
  peer.send(request(peer, 'BYE', 4, dialog));
  t.match(await caller.leg.ended, { by: 'far-end' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a re-INVITE without an offer gets one, and the answer in the ACK reaches the media server', async (t) => {
  const caller = await answeredCaller(tel);
  const { peer, dialog, voice } = caller;
  peer.send(request(peer, 'INVITE', 2, dialog));
  t.match((await peer.next(/^SIP\/2\.0 200/, 1)).body, /^m=audio/m);
  peer.send(request(peer, 'ACK', 2, dialog, { sdp: sdpFor(voice.port, 2) }));
  await voice.heard(5);
  const end = caller.leg.hangup('NORMAL_CLEARING');
  peer.answer(await peer.next(/^BYE /), '200 OK');
  await end;
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('an offer without a codec of ours is refused 488 and the call goes on', async (t) => {
  const caller = await answeredCaller(tel);
  const { peer, dialog } = caller;
  const foreign = sdpFor(caller.voice.port, 2)
    .replace('RTP/AVP 0 101', 'RTP/AVP 18')
    .replace(/a=rtpmap.*\r\n/g, '');
  peer.send(request(peer, 'INVITE', 2, dialog, { sdp: foreign }));
  const refusal = await peer.next(/^SIP\/2\.0 [45]/);
  t.match(refusal.startLine, / 488 /);
  peer.send(request(peer, 'ACK', 2, dialog));
  await caller.voice.heard(5);
  t.equal(caller.leg.hasEnded, false);
  peer.send(request(peer, 'BYE', 3, dialog));
  t.match(await caller.leg.ended, { by: 'far-end' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('REFER is declined, OPTIONS answered, an unknown method refused', async (t) => {
  const caller = await answeredCaller(tel);
  const { peer, dialog } = caller;
  const statuses: string[] = [];
  for (const [index, method] of ['REFER', 'OPTIONS', 'SUBSCRIBE'].entries()) {
    const headers = 'Refer-To: <sip:+19005551234@127.0.0.1>\r\nEvent: x\r\n';
    peer.send(request(peer, method, 2 + index, dialog, { headers }));
    const answer = await peer.next(/^SIP\/2.0 [2-6]/, 1 + index);
    statuses.push(`${first(answer, 'cseq').split(' ')[1]} ${answer.startLine.split(' ')[1]}`);
  }
  t.same(statuses, ['REFER 603', 'OPTIONS 200', 'SUBSCRIBE 489']);
  peer.send(request(peer, 'BYE', 9, dialog));
  t.match(await caller.leg.ended, { by: 'far-end' });
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('keys pressed by SIP INFO are heard; an INFO about something else is refused', async (t) => {
  const caller = await answeredCaller(tel);
  const { peer, dialog } = caller;
  const digits: string[] = [];
  const both = new Promise<void>((resolve) => {
    caller.leg.onDtmf((digit) => {
      if (digits.push(digit) === 2) resolve();
    });
  });
  const info = (cseq: number, contentType: string, body: string): void =>
    peer.send(request(peer, 'INFO', cseq, dialog, { contentType, body }));
  info(2, 'application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n');
  t.match((await peer.next(/^SIP\/2\.0/, 1)).startLine, / 200 /);
  info(3, 'application/dtmf', '11');
  info(4, 'application/media_control+xml', '<x/>');
  t.match((await peer.next(/^SIP\/2\.0 4/)).startLine, / 415 /);
  await both;
  t.same(digits, ['5', '#']);
  peer.send(request(peer, 'BYE', 9, dialog));
  await caller.leg.ended;
  t.same(await nothingLeft(tel.telephony), NOTHING_LEFT);
});

t.test('a request for a dialog that never was is answered 481', async (t) => {
  const peer = await tel.peer();
  const stray = invitation(under.sipPort);
  peer.send(request(peer, 'BYE', 2, { ...stray, remote: `${stray.remote};tag=nobody` }), under.sipPort);
  t.match((await peer.next(/^SIP/)).startLine, / 481 /);
  t.equal(contactUri(await peer.next(/^SIP/)), '');
});
