/** The SIPp harness itself, SIPp against SIPp: what it reports is what happened, and nothing is left behind. */
import { createSocket } from 'node:dgram';
import t from 'tap';
import { missingProgram } from '../support/installed-program.js';
import { mediaOf, readSippMessages } from '../support/sipp-messages.js';
import { SippRun } from '../support/sipp-run.js';

const skip = missingProgram('sipp');
const BUYER_KEYS = { phone_ip: '127.0.0.1', phone_port: 17_100, ring_ms: 50, talk_ms: 100 };
const CALLER_KEYS = { caller: '+13105550123', phone_ip: '127.0.0.1', phone_port: 17_200 };

for (const transport of ['udp', 'tcp'] as const) {
  t.test(
    `a SIPp caller and a SIPp buyer talk over ${transport}, and each knows the other's media address`,
    { skip },
    async (t) => {
      const buyer = await SippRun.start({
        scenario: 'uas-answers-and-hangs-up-expect-200',
        transport,
        keys: BUYER_KEYS,
      });
      t.teardown(() => buyer.stop());
      const caller = await SippRun.start({
        scenario: 'uac-waits-expect-200-and-bye',
        transport,
        remote: buyer,
        called: '+12025550100',
        keys: CALLER_KEYS,
      });
      t.teardown(() => caller.stop());
      t.same(mediaOf(await caller.message('received', /^SIP\/2.0 200/)), { address: '127.0.0.1', port: 17_100 });
      t.same(mediaOf(await buyer.message('received', /^INVITE/)), { address: '127.0.0.1', port: 17_200 });
      t.match(await caller.ended, { exitCode: 0, succeeded: 1, failed: 0, diagnosis: '' });
      t.match(await buyer.ended, { exitCode: 0, succeeded: 1, failed: 0 });
    },
  );
}

t.test(
  'a scenario that gets another answer than it must fails with the messages in its diagnosis',
  { skip },
  async (t) => {
    const buyer = await SippRun.start({ scenario: 'uas-busy-expect-ack' });
    t.teardown(() => buyer.stop());
    const caller = await SippRun.start({
      scenario: 'uac-waits-expect-200-and-bye',
      remote: buyer,
      called: '1',
      keys: CALLER_KEYS,
    });
    t.teardown(() => caller.stop());
    const outcome = await caller.ended;
    t.match(outcome, { exitCode: 1, succeeded: 0, failed: 1, diagnosis: /486 Busy Here/ });
    await t.rejects(caller.message('received', /^BYE/), /ended and received nothing like/);
  },
);

t.test('silence is told from an answer', { skip }, async (t) => {
  const peer = createSocket('udp4');
  t.teardown(() => new Promise<void>((resolve) => peer.close(() => resolve())));
  await new Promise<void>((resolve) => peer.bind(0, '127.0.0.1', resolve));
  const remote = { address: '127.0.0.1', port: peer.address().port };
  const call = () => SippRun.start({ scenario: 'uac-calls-expect-silence', remote, called: '1', keys: CALLER_KEYS });
  t.equal((await (await call()).ended).exitCode, 0, 'nothing came');
  peer.on('message', (invite, { port }) => {
    const copied = invite.toString('latin1').match(/^(Via|From|To|Call-ID|CSeq):.*$/gm) ?? [];
    peer.send(
      `SIP/2.0 403 Forbidden\r\n${copied.join('\n').replaceAll('\r', '').replaceAll('\n', '\r\n')}\r\nContent-Length: 0\r\n\r\n`,
      port,
    );
  });
  const outcome = await (await call()).ended;
  t.equal(outcome.exitCode, 1, 'a refusal came');
  t.match(outcome.diagnosis, /403 Forbidden/);
});

t.test('stopping a run ends its process', { skip }, async (t) => {
  const buyer = await SippRun.start({ scenario: 'uas-answers-expect-bye', keys: BUYER_KEYS });
  await buyer.stop();
  t.equal((await buyer.ended).succeeded, 0);
  t.throws(() => process.kill(buyer.pid, 0), { code: 'ESRCH' });
});

t.test('a message of which a part is still to come is read when it is there', async (t) => {
  const log = 'x\nUDP message sent (4 bytes):\n\nabcd\ny\nTCP message received [3] bytes :\n\ne\ngrest';
  const first = readSippMessages(log.slice(0, 30), 0);
  t.same(first.messages, []);
  const { messages } = readSippMessages(log, first.next);
  t.same(messages, [
    { direction: 'sent', text: 'abcd' },
    { direction: 'received', text: 'e\ng' },
  ]);
});
