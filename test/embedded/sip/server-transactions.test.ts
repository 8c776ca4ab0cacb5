/** Server transactions of RFC 3261, 3262 and 6026 over a real socket, with a clock that the test turns. */
import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import type { ServerTransaction } from '../../../src/embedded/sip/server-transaction.js';
import { createSipStack, type SipStack, type SipStackOptions } from '../../../src/embedded/sip/sip-stack.js';
import { createUdpPeer, type RawPeer } from './raw-peer.js';
import { requestText, tagIn } from './sip-requests.js';
import { VirtualClock } from './virtual-clock.js';

interface Rig {
  readonly stack: SipStack;
  readonly port: number;
  readonly peer: RawPeer;
  readonly clock: VirtualClock;
  /** The next request that reaches the user agent. */
  readonly nextRequest: () => Promise<ServerTransaction>;
}

async function createRig(test: Test, options: Partial<SipStackOptions> = {}): Promise<Rig> {
  const clock = new VirtualClock();
  const arrived: ServerTransaction[] = [];
  const readers: ((transaction: ServerTransaction) => void)[] = [];
  const stack = await createSipStack({
    listeners: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
    clock,
    onRequest: (transaction) => {
      const reader = readers.shift();
      if (reader === undefined) arrived.push(transaction);
      else reader(transaction);
    },
    onCancel: (transaction) => transaction.respond(transaction.createResponse(487)),
    ...options,
  });
  const peer = await createUdpPeer();
  test.teardown(async () => {
    await stack.close();
    await peer.close();
    assert.equal(clock.waitingCount, 0, 'no timer is left after close');
  });
  const nextRequest = () => {
    const first = arrived.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise<ServerTransaction>((resolve) => readers.push(resolve));
  };
  return { stack, port: stack.addresses()[0]?.port ?? 0, peer, clock, nextRequest };
}

t.test(
  'a non-2xx final is repeated at T1, doubling to T2, until its ACK, and the transaction ends after T4',
  async (t) => {
    const { stack, port, peer, clock, nextRequest } = await createRig(t);
    const invite = { branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'busy' };
    peer.send(requestText(invite), port);
    const transaction = await nextRequest();
    transaction.respond(transaction.createResponse(486));
    const first = await peer.response(486, 'INVITE');
    for (const ms of [500, 1_000, 2_000, 4_000, 4_000]) {
      clock.advance(ms - 1);
      clock.advance(1);
      t.equal((await peer.response(486, 'INVITE')).text, first.text, `again after ${ms} ms`);
    }
    peer.send(requestText({ ...invite, method: 'ACK', toTag: tagIn(first.header('To')) }), port);
    peer.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bK-2', port: peer.port, sipCallId: 'fence' }), port);
    (await nextRequest()).discard();
    clock.advance(4_999);
    t.equal(stack.counts().serverTransactions, 1);
    clock.advance(1);
    t.match(stack.counts(), { serverTransactions: 0, timers: 0 });
  },
);

t.test('a final that nobody acknowledges is given up after 64*T1', async (t) => {
  const { stack, port, peer, clock, nextRequest } = await createRig(t);
  peer.send(requestText({ branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'deaf' }), port);
  const transaction = await nextRequest();
  transaction.respond(transaction.createResponse(404));
  clock.advance(31_999);
  t.equal(stack.counts().serverTransactions, 1);
  clock.advance(1);
  t.match(stack.counts(), { serverTransactions: 0, timers: 0 });
});

t.test('a repeated INVITE gets the answer that was given, and the user agent sees it once', async (t) => {
  const { port, peer, nextRequest } = await createRig(t);
  const text = requestText({ branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'again' });
  peer.send(text, port);
  const transaction = await nextRequest();
  transaction.respond(transaction.createResponse(180));
  const first = await peer.response(180, 'INVITE');
  peer.send(text, port);
  t.equal((await peer.response(180, 'INVITE')).text, first.text);
  transaction.respond(transaction.createResponse(603));
  const final = await peer.response(603, 'INVITE');
  peer.send(text, port);
  t.equal((await peer.response(603, 'INVITE')).text, final.text);
});

t.test('a 200 is repeated until its ACK, which is reported once however often it comes', async (t) => {
  const { stack, port, peer, clock, nextRequest } = await createRig(t);
  const invite = { branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'answered' };
  peer.send(requestText(invite), port);
  const transaction = await nextRequest();
  const acks: string[] = [];
  transaction.accept(transaction.createResponse(200), {
    onAck: (ack) => acks.push(ack.method),
    onNoAck: () => t.fail('the ACK came'),
  });
  const ok = await peer.response(200, 'INVITE');
  clock.advance(500);
  t.equal((await peer.response(200, 'INVITE')).text, ok.text);
  const ack = requestText({ ...invite, branch: 'z9hG4bK-ack', method: 'ACK', toTag: tagIn(ok.header('To')) });
  peer.send(ack, port);
  peer.send(ack, port);
  peer.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bK-2', port: peer.port, sipCallId: 'fence' }), port);
  (await nextRequest()).discard();
  t.same(acks, ['ACK']);
  t.equal(stack.counts().awaitingAck, 0);
  clock.advance(32_000);
  t.match(stack.counts(), { serverTransactions: 0, timers: 0 });
  t.same(peer.mailbox.unread, [], 'nothing is repeated after the ACK');
});

t.test('a 200 without ACK is given up after 64*T1 and the user agent is told', async (t) => {
  const { stack, port, peer, clock, nextRequest } = await createRig(t);
  peer.send(requestText({ branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'no-ack' }), port);
  const transaction = await nextRequest();
  let told = 0;
  transaction.accept(transaction.createResponse(200), {
    onAck: () => t.fail('no ACK was sent'),
    onNoAck: () => {
      told += 1;
    },
  });
  clock.advance(31_999);
  t.equal(told, 0);
  clock.advance(1);
  t.equal(told, 1);
  t.match(stack.counts(), { serverTransactions: 0, awaitingAck: 0, timers: 0 });
});

t.test(
  'CANCEL is answered 200 with the To tag of the INVITE, the INVITE 487; a CANCEL without INVITE gets 481',
  async (t) => {
    const { port, peer, nextRequest } = await createRig(t);
    const invite = { branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'gone' };
    peer.send(requestText(invite), port);
    const transaction = await nextRequest();
    transaction.respond(transaction.createResponse(180));
    const ringing = await peer.response(180, 'INVITE');
    peer.send(requestText({ ...invite, method: 'CANCEL' }), port);
    const ok = await peer.response(200, 'CANCEL');
    t.equal(tagIn(ok.header('To')), tagIn(ringing.header('To')));
    const terminated = await peer.response(487, 'INVITE');
    t.equal(tagIn(terminated.header('To')), tagIn(ringing.header('To')));
    t.ok(transaction.isCancelled);
    peer.send(requestText({ ...invite, branch: 'z9hG4bK-other', method: 'CANCEL' }), port);
    t.match(await peer.response(481, 'CANCEL'), { startLine: /^SIP\/2\.0 481/ });
  },
);

t.test('the same request over two paths is answered once, the merged copy gets 482', async (t) => {
  const { stack, port, peer, nextRequest } = await createRig(t);
  peer.send(requestText({ branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'fork' }), port);
  const transaction = await nextRequest();
  peer.send(requestText({ branch: 'z9hG4bK-2', port: peer.port, sipCallId: 'fork' }), port);
  await peer.response(482, 'INVITE');
  t.equal(stack.counts().merged, 1);
  transaction.respond(transaction.createResponse(480));
  await peer.response(480, 'INVITE');
});

t.test('a discarded request is never answered, and leaves nothing', async (t) => {
  const { stack, port, peer, nextRequest } = await createRig(t);
  peer.send(requestText({ branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'silence' }), port);
  (await nextRequest()).discard();
  t.match(stack.counts(), { serverTransactions: 0, timers: 0 });
  peer.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bK-2', port: peer.port, sipCallId: 'fence' }), port);
  const fence = await nextRequest();
  fence.respond(fence.createResponse(200));
  await peer.response(200, 'OPTIONS');
  t.same(peer.mailbox.unread, []);
});

t.test('a source that is not accepted gets no answer to anything outside a dialog, and is counted', async (t) => {
  const { stack, port, peer } = await createRig(t, { acceptSource: () => false });
  const request = { branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'stranger' };
  peer.send(requestText(request), port);
  peer.send(requestText({ ...request, method: 'CANCEL' }), port);
  peer.send(requestText({ ...request, method: 'OPTIONS', branch: 'z9hG4bK-2' }), port);
  peer.send(requestText(request).replace('CSeq: 1 INVITE', 'CSeq: 1 BYE'), port);
  while (stack.counts().refused < 4) await new Promise(setImmediate);
  t.same(peer.mailbox.unread, []);
  t.match(stack.counts(), { serverTransactions: 0, refused: 4 });
});

t.test('a reliable 183 is repeated until its PRACK; the next one waits for it; a stray PRACK gets 481', async (t) => {
  const { stack, port, peer, clock, nextRequest } = await createRig(t);
  const invite = { branch: 'z9hG4bK-1', port: peer.port, sipCallId: 'early', extra: ['Supported: 100rel'] };
  peer.send(requestText(invite), port);
  const transaction = await nextRequest();
  const pracked: string[] = [];
  const handlers = {
    onPrack: (prack: ServerTransaction) => {
      pracked.push(prack.request.headers.get('RAck') ?? '');
      prack.respond(prack.createResponse(200));
    },
    onNoPrack: () => t.fail('each is acknowledged'),
  };
  transaction.respondReliably(transaction.createResponse(183), handlers);
  transaction.respondReliably(transaction.createResponse(180), handlers);
  const progress = await peer.response(183, 'INVITE');
  t.match(progress.header('Require'), '100rel');
  clock.advance(500);
  t.equal((await peer.response(183, 'INVITE')).text, progress.text);
  t.equal(stack.counts().awaitingPrack, 1);
  const rseq = Number(progress.header('RSeq'));
  const prack = { ...invite, method: 'PRACK', toTag: tagIn(progress.header('To')), cseq: 2 };
  peer.send(requestText({ ...prack, branch: 'z9hG4bK-p0', extra: [`RAck: ${rseq + 7} 1 INVITE`] }), port);
  await peer.response(481, 'PRACK');
  peer.send(requestText({ ...prack, branch: 'z9hG4bK-p1', extra: [`RAck: ${rseq} 1 INVITE`] }), port);
  await peer.response(200, 'PRACK');
  const ringing = await peer.response(180, 'INVITE');
  t.equal(Number(ringing.header('RSeq')), rseq + 1);
  peer.send(requestText({ ...prack, cseq: 3, branch: 'z9hG4bK-p2', extra: [`RAck: ${rseq + 1} 1 INVITE`] }), port);
  await peer.response(200, 'PRACK');
  t.same(pracked, [`${rseq} 1 INVITE`, `${rseq + 1} 1 INVITE`]);
  transaction.respond(transaction.createResponse(500));
  await peer.response(500, 'INVITE');
});
