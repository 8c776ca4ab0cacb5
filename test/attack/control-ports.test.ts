/**
 * The control ports of the embedded switch, attacked by whoever reaches the loopback: wrong secrets, garbage, half frames, floods. They
 * learn nothing and change nothing; a call that is up goes on, and the app stays connected.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { AttackSystem } from './attack-system.js';
import { SeededRandom } from './seeded-random.js';

const FRAMES = Number(process.env.ATTACK_FUZZ_FRAMES ?? 300);
const SEED = Number(process.env.ATTACK_SEED ?? 1);

const system = await AttackSystem.start();
t.teardown(() => system.close());
const skip = system.switch.kind === 'servers' ? 'the real servers are no part of this' : false;
const did = await system.addCampaign({ targets: [], changes: { greetingPromptId: null, apologyPromptId: null } });
const [eventSocket] = system.switch.mediaServers;
const eventPort = eventSocket?.eventSocketPort ?? 0;

interface Intruder {
  readonly socket: Socket;
  text(): string;
  /** Settles once it has said so. */
  says(words: string): Promise<void>;
  /** Settles when the server has closed the connection. */
  readonly closed: Promise<void>;
}

async function intrude(t: Test, port: number): Promise<Intruder> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-100_000);
  });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  const says = (words: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (text.includes(words)) resolve();
      };
      socket.on('data', look);
      look();
    });
  return { socket, text: () => text, says, closed };
}

/** A caller waits in the music meanwhile; the message that ends his call is never reached. */
async function whileWaiting(t: Test, attack: () => Promise<void>): Promise<void> {
  const caller = await system.caller(did);
  await caller.call();
  await attack();
  t.ok(system.app.telephony.ready().isReady, 'the app is connected to both');
  t.equal((await caller.hangup()).status, 200, 'and the call was still there');
  t.match((await system.record(caller.callId)).call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
}

t.test('the event socket and a wrong password: an error is all that comes', { skip }, async (t) => {
  await whileWaiting(t, async () => {
    for (const attempt of [
      'auth wrong',
      `auth ${'x'.repeat(5_000)}`,
      'auth',
      'auth ClueCon\n\napi hupall',
      'api hupall',
      'userauth a:b',
    ]) {
      const intruder = await intrude(t, eventPort);
      intruder.socket.write(`${attempt}\n\napi hupall\n\n`);
      await Promise.race([intruder.closed, intruder.says('-ERR')]);
      t.notMatch(intruder.text(), /\+OK/, attempt.slice(0, 30));
      intruder.socket.destroy();
    }
  });
});

t.test('drachtio’s port and a wrong secret: nothing is obeyed, the connection is closed', { skip }, async (t) => {
  const frame = (payload: string): string => `${Buffer.byteLength(payload)}#${payload}`;
  const order =
    'b|sip|||\r\nINVITE sip:x@127.0.0.1:9 SIP/2.0\r\nFrom: <sip:a@localhost>\r\nTo: <sip:x@127.0.0.1>\r\n\r\n';
  await whileWaiting(t, async () => {
    for (const first of ['a|authenticate|wrong', 'a|route|invite', order, 'a|ping', 'a|authenticate|', '|', '']) {
      const intruder = await intrude(t, system.switch.drachtio.port);
      intruder.socket.write(frame(first) + frame(order));
      await intruder.closed;
      t.notMatch(intruder.text(), /\|OK/, first.slice(0, 30));
    }
  });
});

t.test(
  'garbage, half frames and lies about lengths at both ports: the connection ends or waits, nothing else',
  { skip },
  async (t) => {
    const random = new SeededRandom(SEED);
    const secret = `${system.switch.drachtio.secret}`;
    const authenticate = `a|authenticate|${secret}`;
    const openings = ['', `auth ${eventSocket?.password}\n\n`, `${authenticate.length}#${authenticate}`];
    const junk = [
      '99999#',
      '5#a',
      '-1#x',
      '0#',
      '##',
      'api ',
      '\n\n',
      'Content-Length: 99999999999\n\n',
      'sendmsg\n',
      '\0',
      '\xff\xfe',
      '|sip|',
      'bgapi x\nContent-Length: -5\n\n',
      'x'.repeat(20_000),
    ];
    await whileWaiting(t, async () => {
      const intruders = await Promise.all(
        Array.from({ length: 12 }, (_, index) => intrude(t, index % 2 === 0 ? eventPort : system.switch.drachtio.port)),
      );
      for (const [index, { socket }] of intruders.entries()) {
        socket.write(openings[random.below(3)] ?? '');
        for (let frames = FRAMES / 12; frames > 0; frames -= 1) {
          if (!socket.destroyed) socket.write(junk[random.below(junk.length)] ?? '', 'latin1');
        }
        if (index % 3 === 0) socket.end();
      }
      t.match(await system.api('version'), /FreeSWITCH/);
      for (const { socket } of intruders) socket.destroy();
    });
  },
);

t.test('a listener that asks for every event and reads none does not hold up the others', { skip }, async (t) => {
  const deaf = await intrude(t, eventPort);
  deaf.socket.pause();
  deaf.socket.write(`auth ${eventSocket?.password}\n\nevent json ALL\n\n${'api show channels\n\n'.repeat(2_000)}`);
  await whileWaiting(t, async () => {
    t.match(await system.api('status'), /ready/);
  });
});
