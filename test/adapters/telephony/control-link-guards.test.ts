// Guards of the link to drachtio: deadlines, sizes, messages that cannot be parsed, a server that hangs, an event loop that stood still.
import t from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { DrachtioLink, STALL_MS } from '../../../src/adapters/telephony/drachtio/drachtio-link.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { connectedRig, inviteText, OPTIONS_OUT, outcomeOf, regained } from './control-link-rig.js';
import { ScriptedDrachtio } from './scripted-drachtio.js';
import { KeptLog } from './telephony-under-test.js';

t.test('drachtio takes a request and never says that it was sent: the request fails at its deadline', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.isHung = true;
  const sent = outcomeOf((listener) => link.request(OPTIONS_OUT, listener));
  await clock.advance(DEFAULT_DEADLINES.requestMs);
  t.equal(await sent, 'DeadlineError');
});

t.test('nobody answers a request: it fails at its deadline, and a late answer harms nothing', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  const sent = outcomeOf((listener) => link.request(OPTIONS_OUT, listener));
  const request = await server.next(/^OPTIONS/);
  await clock.advance(DEFAULT_DEADLINES.requestMs);
  t.equal(await sent, 'DeadlineError');
  server.respond(request, '200 OK');
  while (link.pendingCount > 0) await clock.advance(0);
  t.equal(link.isUp, true);
});

t.test('an INVITE of which drachtio says too late that it was sent is cancelled', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.isHung = true;
  const invite = { method: 'INVITE', uri: 'sip:x@127.0.0.1', headers: {} };
  const sent = outcomeOf((listener) => link.request(invite, listener));
  await clock.advance(DEFAULT_DEADLINES.requestMs);
  t.equal(await sent, 'DeadlineError');
  server.wake();
  t.match((await server.next(/^CANCEL/)).startLine, /^CANCEL sip:x@/);
});

t.test('an ACK with an SDP over 4,000 bytes is never written, and says so to its sender alone', async (t) => {
  const { server, link } = await connectedRig(t);
  const thrown = new Promise<string>((resolve) => {
    const invite = { method: 'INVITE', uri: 'sip:x@127.0.0.1', headers: {} };
    link.request(invite, {
      sent: () => undefined,
      answered: (_response, acknowledge) => {
        try {
          acknowledge({ body: 'v=0'.padEnd(4_000, 'x') });
        } catch (error) {
          resolve(error instanceof Error ? error.name : '');
        }
      },
      failed: () => undefined,
    });
  });
  server.respond(await server.next(/^INVITE/), '200 OK', { dialogId: 'large' });
  t.equal(await thrown, 'MessageTooLargeError');
  t.equal(
    server.messages.some(({ startLine }) => startLine.startsWith('ACK')),
    false,
  );
  t.equal(link.isUp, true);
});

t.test('credentials that would come after a challenge count towards the 4,000 bytes', async (t) => {
  const { link } = await connectedRig(t);
  const auth = { username: 'u', password: 'p' };
  const large = { ...OPTIONS_OUT, headers: { 'X-Large': 'x'.repeat(3_200) }, auth };
  t.equal(await outcomeOf((listener) => link.request(large, listener)), 'MessageTooLargeError');
});

for (const [what, broken] of [
  ['a header line without a colon', inviteText('broken').replace('Contact:', 'X-Broken header\r\nContact:')],
  ['a request line with two spaces', inviteText('broken').replace('INVITE sip:', 'INVITE  sip:')],
] as const) {
  t.test(`an INVITE that cannot be parsed (${what}) is answered 400 and printed nowhere`, async (t) => {
    const { server, link, log } = await connectedRig(t);
    server.deliver(broken, 'txn-broken');
    const answer = await server.next(/^SIP\/2\.0/);
    t.match(answer, { startLine: 'SIP/2.0 400 Bad Request', transactionId: 'txn-broken' });
    t.ok(log.has('a SIP message cannot be parsed'));
    t.equal(link.isUp, true);
  });
}

t.test('what cannot be parsed and comes from a stranger, or would end drachtio, gets no answer at all', async (t) => {
  const { server, link } = await connectedRig(t);
  let asked = 0;
  link.onUnreadable((address) => {
    asked += 1;
    return address === '192.0.2.7' && asked > 1;
  });
  server.deliver(inviteText('stranger').replace('Contact:', 'Contact'), 'txn-stranger');
  server.deliver(inviteText('deadly').replace(/Contact:.*/, 'Contact: <tel:+1555>\r\nX'), 'txn-deadly');
  server.deliver(
    inviteText('bye')
      .replace('CSeq:', 'CSeq')
      .replace(/^INVITE/, 'BYE'),
    'txn-bye',
  );
  server.deliver(inviteText('last').replace('CSeq:', 'CSeq'), 'txn-last');
  t.equal((await server.next(/^SIP\/2\.0 400/)).transactionId, 'txn-last');
});

t.test('drachtio hangs: found within 6 s, and requests of that time are refused at once', async (t) => {
  const { server, link, clock, log } = await connectedRig(t);
  const { pingIntervalMs, pongMs } = DEFAULT_DEADLINES;
  t.ok(pingIntervalMs + pongMs <= 6_000);
  server.isHung = true;
  await clock.advance(pingIntervalMs);
  await clock.advance(pongMs);
  while (link.isUp) await clock.advance(0);
  t.equal(await outcomeOf((listener) => link.request(OPTIONS_OUT, listener)), 'DrachtioLinkDownError');
  t.ok(log.has('drachtio does not answer a ping; the control link is renewed'));
  const back = regained(link);
  while (server.connections < 2) await clock.advance(0);
  server.wake();
  await back;
});

t.test('a connection that opens and then says nothing is renewed after 4 s', async (t) => {
  const { server, link, clock, log } = await connectedRig(t);
  server.isHung = true;
  server.dropClient();
  while (server.connections < 2) await clock.advance(0);
  await clock.advance(DEFAULT_DEADLINES.connectMs + 500);
  const back = regained(link);
  while (server.connections < 3) await clock.advance(0);
  server.wake();
  await back;
  t.ok(log.has('drachtio takes a connection and says nothing; it is renewed'));
});

t.test(
  'the event loop stood still: what waited is not acted on, callers get 503, the link is opened anew',
  async (t) => {
    const server = await ScriptedDrachtio.start();
    t.teardown(() => server.close());
    let lagMs = 0;
    const clock = new VirtualClock();
    const options = { drachtio: server.address, clock, log: new KeptLog(), deadlines: DEFAULT_DEADLINES };
    const loopWatch = { lagMs: () => lagMs, onStall: () => undefined, setFarewell: () => undefined };
    const link = new DrachtioLink({ ...options, loopWatch });
    t.teardown(() => link.close());
    let calls = 0;
    link.onInvite(() => {
      calls += 1;
    });
    await link.start();
    const back = regained(link);
    lagMs = STALL_MS;
    server.deliver(inviteText('waited'), 'txn-waited');
    const answer = await server.next(/^SIP\/2\.0 503/);
    t.match([answer.transactionId, answer.header('retry-after')], ['txn-waited', '2']);
    t.equal(calls, 0);
    t.equal(link.isUp, false, 'the connection no longer counts');
    lagMs = 0;
    await clock.advance(100);
    await back;
    t.equal(server.connections, 2);
  },
);

t.test('a control link with TLS is refused, since it would come back as plain TCP', (t) => {
  const drachtio = { host: '127.0.0.1', port: 1, secret: 'x', tls: {} };
  const make = (): DrachtioLink =>
    new DrachtioLink({ drachtio, clock: new VirtualClock(), log: new KeptLog(), deadlines: DEFAULT_DEADLINES });
  t.throws(make, { name: 'PlainTextReconnectError' });
  t.end();
});

t.test('intake is stopped: nobody looks for dead apps any more, also over a new connection', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  const timers = clock.pendingTimers;
  link.stopIntake();
  t.equal(clock.pendingTimers, timers - 1);
  const back = regained(link);
  server.raw('abc#hello');
  await back;
  t.equal(server.connections, 2);
  t.ok(clock.pendingTimers < timers, 'the places that it would take are for calls');
});
