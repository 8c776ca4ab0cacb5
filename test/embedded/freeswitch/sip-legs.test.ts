/** The SIP side of the profile: who is refused with what, third-party call control, later offers, DTMF in INFO, limits. */
import t from 'tap';
import { VirtualClock } from '../sip/virtual-clock.js';
import { createRig } from './freeswitch-rig.js';

const NOT_PROVISIONAL = (one: { readonly startLine: string }): boolean => !one.startLine.startsWith('SIP/2.0 1');

t.test('an extension that nobody knows is refused 404, an unknown codec 488, an unknown requirement 420', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const cases = [
    {
      extension: 'nosuch',
      payloads: '0',
      headers: [],
      status: '404',
      reason: 'Q.850;cause=3;text="NO_ROUTE_DESTINATION"',
    },
    {
      extension: 'caller',
      payloads: '18',
      headers: [],
      status: '488',
      reason: 'Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"',
    },
    { extension: 'caller', payloads: '0', headers: ['Require: 100rel'], status: '420', reason: '' },
  ];
  for (const { extension, payloads, headers, status, reason } of cases) {
    const leg = await rig.leg({ extension, headers });
    leg.invite(leg.sdp('sendrecv', payloads));
    const answer = await leg.peer.mailbox.take(NOT_PROVISIONAL);
    leg.ack();
    t.match(answer.startLine, `SIP/2.0 ${status} `);
    t.equal(answer.header('Reason'), reason);
  }
  await rig.empty();
  t.equal((await client.api('show channels count')).trim(), '0 total.');
});

t.test('beyond max-sessions, beyond the rate and while paused an INVITE is answered 503', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const refused = async (): Promise<void> => {
    const leg = await rig.leg({ extension: 'caller' });
    leg.invite(leg.sdp());
    const answer = await leg.peer.mailbox.take(NOT_PROVISIONAL);
    leg.ack();
    t.equal(answer.startLine, 'SIP/2.0 503 Maximum Calls In Progress');
    t.equal(answer.header('Retry-After'), '300');
  };
  t.equal(await client.api('fsctl max_sessions 2'), '+OK max sessions: 2\n');
  const first = await rig.leg({ extension: 'caller' });
  await first.call();
  await refused();
  await client.api('fsctl max_sessions 100');
  await client.api('fsctl pause inbound');
  await refused();
  await client.api('fsctl resume inbound');
  await client.api('fsctl sps 1');
  const second = await rig.leg({ extension: 'caller' });
  second.invite(second.sdp());
  const third = await rig.leg({ extension: 'caller' });
  third.invite(third.sdp());
  const answers = await Promise.all([second, third].map((leg) => leg.peer.mailbox.take(NOT_PROVISIONAL)));
  t.ok(
    answers.some((answer) => answer.startLine.startsWith('SIP/2.0 503')),
    'two in one second are one too many',
  );
});

t.test('caller cancels before the answer: 487, ORIGINATOR_CANCEL, nothing left', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  await client.api('fsctl sps 100');
  const leg = await rig.leg({ extension: 'caller' });
  // Both are on the wire before the switch reads the first.
  leg.invite(leg.sdp());
  leg.cancel();
  const answers = await Promise.all([
    leg.peer.response(200, 'CANCEL'),
    leg.peer.mailbox.take(
      (one) => /^SIP\/2\.0 (200|487) .*/.test(one.startLine) && one.header('CSeq').endsWith('INVITE'),
    ),
  ]);
  t.match(answers[1].startLine, 'SIP/2.0 487 ');
  leg.ack();
  t.equal((await client.event('CHANNEL_HANGUP_COMPLETE'))['Hangup-Cause'], 'ORIGINATOR_CANCEL');
  await rig.empty();
});

t.test('a third-party leg exists from its ACK only; one that is never acknowledged dies after 32 s', async (t) => {
  const clock = new VirtualClock();
  const rig = await createRig(t, { sipClock: clock });
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'buyer' });
  const ok = await leg.offer();
  t.match(ok.body, /m=audio \d+ RTP\/AVP 0 8 101/);
  t.equal(await client.api(`uuid_exists ${leg.uuid}`), 'true');
  t.equal((await client.api('show channels count')).trim(), '0 total.');
  clock.advance(32_000);
  await leg.byeReceived();
  const complete = await client.event('CHANNEL_HANGUP_COMPLETE', leg.uuid);
  t.equal(complete['Hangup-Cause'], 'MANDATORY_IE_MISSING');
  t.notOk(client.events.some((event) => event['Event-Name'] === 'CHANNEL_CREATE'));
  await rig.empty();
});

t.test('an ACK without an answer, or without a common codec, ends the third-party leg', async (t) => {
  const rig = await createRig(t);
  const cases = [
    { payloads: null, reason: 'SIP;cause=488;text="No answer to offer"' },
    { payloads: '18', reason: 'Q.850;cause=88;text="INCOMPATIBLE_DESTINATION"' },
  ];
  for (const { payloads, reason } of cases) {
    const leg = await rig.leg({ extension: 'buyer' });
    await leg.offer();
    leg.ack(payloads === null ? '' : leg.sdp('sendrecv', payloads));
    t.equal((await leg.byeReceived()).header('Reason'), reason);
  }
  await rig.empty();
});

t.test('uuid_bridge that overtakes the ACK answers +OK and then loses both legs', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const caller = await rig.leg({ extension: 'caller' });
  await caller.call();
  await client.custom('ringpost::greeted');
  const buyer = await rig.leg({ extension: 'buyer' });
  await buyer.offer();
  t.equal(await client.api(`uuid_bridge ${caller.uuid} ${buyer.uuid}`), `+OK ${buyer.uuid}\n`);
  t.equal((await client.event('CHANNEL_HANGUP', buyer.uuid))['Hangup-Cause'], 'DESTINATION_OUT_OF_ORDER');
  t.equal((await client.event('CHANNEL_HANGUP', caller.uuid))['Hangup-Cause'], 'ORIGINATOR_CANCEL');
  await caller.byeReceived();
  buyer.ack(buyer.sdp());
  await buyer.byeReceived();
  await rig.empty();
});

t.test('a leg held with an inactive answer is brought to life by a re-INVITE', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'buyer', toneHz: 600 });
  await leg.offer();
  leg.ack(leg.sdp('inactive'));
  await client.custom('ringpost::buyer_ready');
  const answers = [];
  for (const direction of ['sendonly', 'inactive', 'sendrecv']) answers.push(await leg.reinvite(leg.sdp(direction)));
  t.strictSame(
    answers.map((answer) => /a=(sendrecv|sendonly|recvonly|inactive)/.exec(answer.body)?.[1] ?? 'sendrecv'),
    ['recvonly', 'inactive', 'sendrecv'],
  );
  leg.talkTo(answers[2]?.body ?? '');
  await leg.phone.hears(440);
  const refused = await leg.reinvite(leg.sdp('sendrecv', '18'));
  t.match(refused.startLine, 'SIP/2.0 488 ', 'no common codec: the call goes on as it was');
  await leg.bye();
});

t.test('a re-INVITE without an offer is answered with ours, and the ACK takes the codec', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'caller' });
  await leg.call();
  await client.custom('ringpost::greeted');
  t.match((await leg.reinvite('')).body, /RTP\/AVP 0 8 101/);
  t.match((await leg.reinvite(leg.sdp('sendrecv', '8 101'))).body, /RTP\/AVP 8 101/);
  t.equal(await client.api(`uuid_getvar ${leg.uuid} read_codec`), 'PCMA');
  t.match((await leg.request('UPDATE', leg.sdp(), ['Content-Type: application/sdp'])).body, /RTP\/AVP 0 101/);
  t.match((await leg.request('OPTIONS')).startLine, 'SIP/2.0 200 ');
  t.match((await leg.request('REFER', '', ['Refer-To: <sip:x@127.0.0.1>'])).startLine, 'SIP/2.0 405 ');
  t.match((await leg.request('NONSENSE')).startLine, 'SIP/2.0 501 ');
  await leg.bye();
});

t.test('DTMF comes by RTP and by both forms of SIP INFO', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'caller' });
  await leg.call();
  await client.custom('ringpost::greeted');
  await client.execute(leg.uuid, 'park', '');
  await client.event('CHANNEL_PARK', leg.uuid);
  await leg.request('INFO', 'Signal=5\r\nDuration=160\r\n', ['Content-Type: application/dtmf-relay']);
  await leg.request('INFO', '*', ['Content-Type: application/dtmf']);
  t.match((await leg.request('INFO', 'hello', ['Content-Type: text/plain'])).startLine, 'SIP/2.0 200 ');
  leg.phone.sendDtmf('7');
  const digits = [];
  for (let index = 0; index < 3; index += 1) digits.push(await client.event('DTMF', leg.uuid));
  t.match(digits, [
    { 'DTMF-Digit': '5', 'DTMF-Source': 'ENDPOINT', 'DTMF-Duration': '1280' },
    { 'DTMF-Digit': '*', 'DTMF-Source': 'ENDPOINT' },
    { 'DTMF-Digit': '7', 'DTMF-Source': 'RTP' },
  ]);
  await leg.bye();
  const complete = await client.event('CHANNEL_HANGUP_COMPLETE', leg.uuid);
  t.equal(complete.variable_digits_dialed, '5*7');
});

t.test('the cause of a BYE is that of its Reason header, the Reason of ours that of the cause', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leaving = await rig.leg({ extension: 'caller' });
  await leaving.call();
  await leaving.bye('Q.850;cause=17;text="busy"');
  t.equal((await client.event('CHANNEL_HANGUP_COMPLETE', leaving.uuid))['Hangup-Cause'], 'USER_BUSY');
  const killed = await rig.leg({ extension: 'caller' });
  await killed.call();
  t.equal(await client.api(`uuid_kill ${killed.uuid} ALLOTTED_TIMEOUT`), '+OK\n');
  t.equal((await killed.byeReceived()).header('Reason'), 'SIP;cause=802;text="ALLOTTED_TIMEOUT"');
});

t.test('a silent caller ends with MEDIA_TIMEOUT after the milliseconds that the INVITE named', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'caller', headers: ['X-Ringpost-Media-Timeout-Ms: 300'] });
  leg.invite(leg.sdp());
  await leg.peer.response(200, 'INVITE');
  leg.ack();
  t.equal((await client.event('CHANNEL_HANGUP', leg.uuid))['Hangup-Cause'], 'MEDIA_TIMEOUT');
});
