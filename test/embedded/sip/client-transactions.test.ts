/** Client transactions of RFC 3261 and 6026 over a real socket, with a clock that the test turns; and the dialogs that they make. */
import assert from 'node:assert/strict';
import t, { type Test } from 'tap';
import type { ClientTransaction } from '../../../src/embedded/sip/client-transaction.js';
import { SipDialog } from '../../../src/embedded/sip/sip-dialog.js';
import { SipRequest, type SipResponse } from '../../../src/embedded/sip/sip-message.js';
import { createSipStack, type SipStack } from '../../../src/embedded/sip/sip-stack.js';
import { createUdpPeer, type RawMessage, type RawPeer } from './raw-peer.js';
import { VirtualClock } from './virtual-clock.js';

interface Rig {
  readonly stack: SipStack;
  readonly peer: RawPeer;
  readonly clock: VirtualClock;
  /** What the user agent was told, in order: statuses, `timeout`, `transport error`. */
  readonly told: (number | string)[];
  readonly responses: SipResponse[];
  send(method: string, uri?: string): ClientTransaction;
  answer(request: RawMessage, status: number, tag?: string): void;
  /** Waits until the user agent was told so many things. */
  until(count: number): Promise<void>;
}

async function createRig(test: Test): Promise<Rig> {
  const clock = new VirtualClock();
  const listeners = [{ transport: 'udp', address: '127.0.0.1', port: 0 } as const];
  const stack = await createSipStack({ listeners, clock, onRequest: () => undefined, onCancel: () => undefined });
  const peer = await createUdpPeer();
  test.teardown(async () => {
    await stack.close();
    await peer.close();
    assert.equal(clock.waitingCount, 0, 'no timer is left after close');
  });
  const told: (number | string)[] = [];
  const responses: SipResponse[] = [];
  const take = (response: SipResponse) => {
    responses.push(response);
    told.push(response.status);
  };
  return {
    stack,
    peer,
    clock,
    told,
    responses,
    send: (method, uri = `sip:callee@127.0.0.1:${peer.port}`) => {
      const request = new SipRequest(method, uri);
      request.headers.append('From', '<sip:me@127.0.0.1>;tag=me').append('To', '<sip:callee@127.0.0.1>');
      request.headers.append('Call-ID', `call-${method}`).append('CSeq', `7 ${method}`);
      return stack.request(request, {
        onProvisional: take,
        onFinal: take,
        onTimeout: () => told.push('timeout'),
        onTransportError: () => told.push('transport error'),
      });
    },
    answer: (request, status, tag = 'callee') => {
      const lines = request.text.split('\r\n').filter((line) => /^(via|from|call-id|cseq|to):/i.test(line));
      const text = lines.map((line) =>
        line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=${tag}` : line,
      );
      peer.send(`SIP/2.0 ${status} Test\r\n${text.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`, request.fromPort);
    },
    until: async (count) => {
      while (told.length < count) await new Promise(setImmediate);
    },
  };
}

t.test('INVITE: timer A doubles without a ceiling, timer B ends it; a provisional response stops both', async (t) => {
  const { stack, peer, clock, told, send, answer, until } = await createRig(t);
  send('INVITE');
  await peer.receive('INVITE');
  for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 16_000]) {
    clock.advance(ms);
    await peer.receive('INVITE');
  }
  clock.advance(499);
  t.same(told, []);
  clock.advance(1);
  t.same(told, ['timeout']);
  send('INVITE');
  const second = await peer.receive('INVITE');
  answer(second, 180);
  await until(2);
  clock.advance(120_000);
  t.same(peer.mailbox.unread, [], 'a ringing call is waited for as long as it takes');
  t.equal(stack.counts().clientTransactions, 1);
});

t.test(
  'INVITE refused: each repetition of the final gets the ACK again for 32 s, the user agent hears it once',
  async (t) => {
    const { stack, peer, clock, told, send, answer } = await createRig(t);
    send('INVITE');
    const invite = await peer.receive('INVITE');
    answer(invite, 486);
    const ack = await peer.receive('ACK');
    t.equal(ack.header('Via'), invite.header('Via'));
    t.equal(ack.header('CSeq'), '7 ACK');
    t.match(ack.header('To'), ';tag=callee');
    answer(invite, 486);
    t.equal((await peer.receive('ACK')).text, ack.text);
    clock.advance(31_999);
    t.equal(stack.counts().clientTransactions, 1);
    clock.advance(1);
    t.same(told, [486]);
    t.match(stack.counts(), { clientTransactions: 0, timers: 0 });
  },
);

t.test(
  'INVITE answered: a 2xx once for each To tag, its repetitions get the ACK of the user agent, all ends after 64*T1',
  async (t) => {
    const { stack, peer, clock, told, responses, send, answer, until } = await createRig(t);
    const transaction = send('INVITE');
    const invite = await peer.receive('INVITE');
    answer(invite, 200, 'one');
    await until(1);
    answer(invite, 200, 'one');
    const [first] = responses;
    assert(first !== undefined);
    const dialog = SipDialog.ofClient(transaction.request, first);
    transaction.acknowledge(dialog.createAck(7));
    const ack = await peer.receive('ACK');
    answer(invite, 200, 'one');
    t.equal((await peer.receive('ACK')).text, ack.text);
    answer(invite, 200, 'two');
    await until(2);
    t.same(told, [200, 200]);
    t.match(
      responses.map((response) => response.headers.get('To')),
      [/one$/, /two$/],
    );
    clock.advance(32_000);
    t.match(stack.counts(), { clientTransactions: 0, timers: 0 });
  },
);

t.test('CANCEL waits for a provisional response, and ends the INVITE after 64*T1 when no final comes', async (t) => {
  const { stack, peer, clock, told, send, answer } = await createRig(t);
  const transaction = send('INVITE');
  const invite = await peer.receive('INVITE');
  t.equal(transaction.cancel([['Reason', 'SIP;cause=200']])?.method, 'CANCEL');
  answer(invite, 100);
  const cancel = await peer.receive('CANCEL');
  t.equal(cancel.header('Reason'), 'SIP;cause=200');
  t.equal(cancel.header('Via'), invite.header('Via'));
  answer(cancel, 200);
  clock.advance(32_000);
  t.same(told, [100, 'timeout']);
  clock.advance(5_000);
  t.match(stack.counts(), { clientTransactions: 0, timers: 0 });
});

t.test('a CANCEL that is too late, or of another method, is none', async (t) => {
  const { peer, send, answer, until } = await createRig(t);
  const invite = send('INVITE');
  answer(await peer.receive('INVITE'), 603);
  await until(1);
  t.equal(invite.cancel(), undefined);
  const options = send('OPTIONS');
  t.equal(options.cancel(), undefined);
});

t.test('non-INVITE: timer E doubles up to T2, is T2 after a provisional response, timer F ends it', async (t) => {
  const { stack, peer, clock, told, send, answer, until } = await createRig(t);
  send('OPTIONS');
  const request = await peer.receive('OPTIONS');
  for (const ms of [500, 1_000, 2_000, 4_000, 4_000]) {
    clock.advance(ms);
    await peer.receive('OPTIONS');
  }
  answer(request, 183);
  await until(1);
  clock.advance(4_000);
  await peer.receive('OPTIONS');
  clock.advance(16_500);
  t.same(told, [183, 'timeout']);
  t.match(stack.counts(), { clientTransactions: 0, timers: 0 });
});

t.test('non-INVITE answered: repetitions are absorbed for T4', async (t) => {
  const { stack, peer, clock, told, send, answer, until } = await createRig(t);
  send('OPTIONS');
  const request = await peer.receive('OPTIONS');
  answer(request, 200);
  await until(1);
  answer(request, 200);
  clock.advance(4_999);
  t.equal(stack.counts().clientTransactions, 1);
  clock.advance(1);
  t.same(told, [200]);
  t.match(stack.counts(), { clientTransactions: 0, timers: 0 });
});

t.test('host names are looked up; what cannot be reached is a transport error', async (t) => {
  const { stack, peer, told, send, until } = await createRig(t);
  send('OPTIONS', `sip:callee@localhost:${peer.port}`);
  await peer.receive('OPTIONS');
  for (const uri of [
    'tel:+1',
    'sips:x@127.0.0.1',
    'sip:x@127.0.0.1;transport=ws',
    'sip:x@127.0.0.1;transport=tcp',
    'sip:x@[::1]',
  ]) {
    send('OPTIONS', uri);
  }
  await until(5);
  t.same(told, Array(5).fill('transport error'));
  t.equal(stack.counts().clientTransactions, 1);
});

t.test('a program cannot smuggle a header line in through a value', async (t) => {
  const request = new SipRequest('OPTIONS', 'sip:x@y');
  request.headers.append('Subject', 'a\r\nX-Evil: 1').set('X-One', 'b\n\n c');
  t.equal(
    request.toBuffer().toString(),
    'OPTIONS sip:x@y SIP/2.0\r\nSubject: a X-Evil: 1\r\nX-One: b c\r\nContent-Length: 0\r\n\r\n',
  );
});
