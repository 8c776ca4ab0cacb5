// The link to drachtio over the real drachtio-srf: refusal, broken streams, silence, and messages that are too long.
import t from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import { connectedRig, inviteText, OPTIONS_OUT, outcomeOf, regained, startRig } from './control-link-rig.js';

t.test('a wrong secret: start fails with a sentence that says what to check', async (t) => {
  const { server, link, clock } = await startRig(t);
  server.secret = 'another';
  const started = link.start();
  const rejected = t.rejects(started, /refuses the shared secret.*Check/);
  while (!link.isUp && server.connections < 1) await clock.advance(0);
  const log = (): Promise<void> => clock.advance(1_000);
  for (let turn = 0; turn < 11; turn += 1) await log();
  await rejected;
});

t.test('nobody listens: start fails at its deadline', async (t) => {
  const { server, link, clock } = await startRig(t);
  server.close();
  const started = t.rejects(link.start(), /cannot be used: connect ECONNREFUSED/);
  await clock.advance(DEFAULT_DEADLINES.startMs / 2);
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(DEFAULT_DEADLINES.startMs);
  await started;
});

for (const [what, bytes] of [
  ['a length that is no number', 'abc#hello'],
  ['an empty length', '#x'],
  ['a length of nothing', '0#'],
  ['a length without an end', '123456789'],
] as const) {
  t.test(`${what}: the stream is discarded and a new one opened`, async (t) => {
    const { server, link, log } = await connectedRig(t);
    const back = regained(link);
    server.raw(bytes);
    await back;
    t.equal(server.connections, 2);
    t.ok(log.has('the control stream from drachtio is broken; it is discarded'));
    const sent = outcomeOf((listener) => link.request(OPTIONS_OUT, listener));
    server.respond(await server.next(/^OPTIONS/), '200 OK');
    t.equal(await sent, 'answered 200');
  });
}

t.test('a message of an unknown kind is logged and the next one handled', async (t) => {
  const { server, link, log } = await connectedRig(t);
  server.frame('1|nonsense|x');
  server.frame('1|sip');
  const sent = outcomeOf((listener) => link.request(OPTIONS_OUT, listener));
  server.respond(await server.next(/^OPTIONS/), '200 OK');
  t.equal(await sent, 'answered 200');
  t.ok(log.has('a message from drachtio could not be handled'));
  t.equal(server.connections, 1);
});

t.test('a handler that throws is not given its frame again', async (t) => {
  const { server, link, log } = await connectedRig(t);
  let calls = 0;
  link.onInvite(() => {
    calls += 1;
    throw new Error('a bug');
  });
  server.deliver(inviteText('once'), 'txn-once');
  const answer = await server.next(/^SIP\/2\.0 500/);
  t.equal(answer.transactionId, 'txn-once');
  t.equal(calls, 1);
  t.ok(log.has('an INVITE could not be handled'));
});

t.test('drachtio stops answering: the link is renewed at the pong deadline', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.answersPings = false;
  const back = regained(link);
  await clock.advance(DEFAULT_DEADLINES.pingIntervalMs);
  await clock.advance(DEFAULT_DEADLINES.pongMs);
  await back;
  t.equal(server.connections, 2);
});

t.test('an answered ping leaves the link alone', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  for (let turn = 0; turn < 4; turn += 1) {
    await clock.advance(DEFAULT_DEADLINES.pingIntervalMs);
    while (link.pendingCount > 0) await clock.advance(0);
  }
  t.equal(server.connections, 1);
  t.equal(link.isUp, true);
});

t.test('what is pending when the connection is lost fails at once', async (t) => {
  const { server, link } = await connectedRig(t);
  const sent = outcomeOf((listener) => link.request(OPTIONS_OUT, listener));
  await server.next(/^OPTIONS/);
  const back = regained(link);
  server.dropClient();
  t.equal(await sent, 'DrachtioLinkDownError');
  t.equal(await outcomeOf((listener) => link.request(OPTIONS_OUT, listener)), 'DrachtioLinkDownError');
  await back;
  t.equal(link.pendingCount, 0);
});

t.test('a message over 4,000 bytes is refused before it is sent', async (t) => {
  const { server, link } = await connectedRig(t);
  const large = { ...OPTIONS_OUT, headers: { 'X-Large': 'x'.repeat(4_000) } };
  t.equal(await outcomeOf((listener) => link.request(large, listener)), 'MessageTooLargeError');
  t.equal(
    server.messages.some((message) => message.startLine.startsWith('OPTIONS')),
    false,
  );
});

t.test('a request for a dialog that is not known gets 481, an ACK nothing', async (t) => {
  const { server } = await connectedRig(t);
  server.deliver(
    inviteText('stray')
      .replace(/^INVITE/, 'ACK')
      .replace('INVITE\r\n', 'ACK\r\n'),
    'txn-ack',
    'dialog-x',
  );
  server.deliver(inviteText('stray').replace('<sip:us@x>', '<sip:us@x>;tag=old'), 'txn-re', 'dialog-x');
  const answer = await server.next(/^SIP\/2\.0/);
  t.equal(answer.transactionId, 'txn-re');
  t.match(answer.startLine, / 481 /);
});

const FORGET_ROUTES = { type: 'remove_route' };

t.test(
  'a link that is closed takes its routes back and ends its side, so that drachtio keeps no dead app',
  async (t) => {
    const { server, link } = await connectedRig(t);
    await link.close();
    t.match(server.messages.at(-1), FORGET_ROUTES);
    t.equal(server.orderlyEnds, 1);
  },
);

t.test('drachtio that does not close its side is left after a second', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.keepsItsSide = true;
  let isClosed = false;
  const closing = link.close().then(() => {
    isClosed = true;
  });
  await clock.advance(999);
  t.equal(isClosed, false);
  await clock.advance(1);
  await closing;
});

t.test('drachtio answers no ping: the link is left in order and a new one opened', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.answersPings = false;
  const back = regained(link);
  const { pingIntervalMs, pongMs } = DEFAULT_DEADLINES;
  await clock.advance(pingIntervalMs + pongMs);
  await back;
  t.ok(server.messages.some(({ type }) => type === 'remove_route'));
  t.equal(server.orderlyEnds, 1);
});
