// What is found out about an app that is gone and to which drachtio still hands calls. A UDP socket stands for drachtio, on a virtual clock.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { DeadAppWatch } from '../../../src/adapters/telephony/drachtio/dead-app-watch.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { KeptLog } from './telephony-under-test.js';

const PROBES = 6;
const ANSWER_MS = 2_000;
const LOOK_EVERY_MS = 10_000;
const COMPLAINT =
  'drachtio hands a part of the calls to an app that is gone: restart drachtio, calls that are up go on';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Knows when a look is over: then the next one is due. */
class LooksClock extends VirtualClock {
  #looks = 0;

  override startTimer(delayMs: number, onElapsed: () => void): () => void {
    if (delayMs === LOOK_EVERY_MS) this.#looks += 1;
    return super.startTimer(delayMs, onElapsed);
  }

  async looked(times: number): Promise<void> {
    while (this.#looks < times) await turn();
  }
}

/** `isAnswered` is asked for each OPTIONS, which are counted from 0. What stays without an answer is given up when the rest is in. */
async function watchOf(t: Test, isAnswered: (index: number) => boolean) {
  const drachtio = createSocket('udp4');
  drachtio.bind(0, '127.0.0.1');
  await once(drachtio, 'listening');
  t.teardown(() => drachtio.close());
  const [clock, log, sent] = [new LooksClock(), new KeptLog(), [] as string[]];
  let asked = 0;
  let lost = 0;
  const waitForTheLost = async (): Promise<void> => {
    while (clock.pendingTimers > lost) await turn();
    lost = 0;
    await clock.advance(ANSWER_MS);
  };
  drachtio.on('message', (datagram, { port, address }) => {
    t.match(datagram.toString(), /^OPTIONS sip:127\.0\.0\.1:\d+ SIP\/2\.0\r\n/);
    asked += 1;
    if (isAnswered(asked - 1)) drachtio.send('SIP/2.0 503 Service Unavailable\r\n\r\n', port, address);
    else lost += 1;
    if (asked % PROBES === 0 && lost > 0) void waitForTheLost();
  });
  const watch = new DeadAppWatch({
    ...{ clock, log, answerMs: ANSWER_MS },
    address: () => ({ host: '127.0.0.1', port: drachtio.address().port }),
    send: (text) => sent.push(text),
  });
  t.teardown(() => watch.stop());
  watch.start();
  await clock.advance(500);
  return { watch, clock, log, sent, asked: () => asked };
}

t.test('every second OPTIONS stays without an answer: an operator is told, and we take more places', async (t) => {
  const { watch, clock, log, sent, asked } = await watchOf(t, (index) => index % 2 === 0);
  while (!watch.hasFound) await turn();
  t.equal(asked(), 12);
  t.ok(log.has(COMPLAINT));
  t.equal(sent.filter((text) => text === 'route|invite').length, 99);
  t.equal(sent.filter((text) => text === 'route|options').length, 99);
  t.equal(clock.pendingTimers, 0, 'it looks no further before the next connection');
  watch.start();
  t.equal(watch.hasFound, false, 'a new connection has one place, and is looked after anew');
});

t.test('all are answered, with 503 too: nothing is said, and it looks again after 10 s', async (t) => {
  const { watch, clock, log, sent, asked } = await watchOf(t, () => true);
  await clock.looked(1);
  t.equal(asked(), 6);
  await clock.advance(LOOK_EVERY_MS);
  await clock.looked(2);
  t.equal(asked(), 12);
  t.same([watch.hasFound, log.lines.length, sent.length], [false, 0, 0]);
});

t.test('one is lost, once: it was the machine, nothing is said', async (t) => {
  const { watch, clock, log, asked } = await watchOf(t, (index) => index !== 3);
  await clock.looked(1);
  t.equal(asked(), 12, 'it was looked at a second time at once');
  t.same([watch.hasFound, log.lines.length], [false, 0]);
});

t.test('none is answered: OPTIONS of this machine are filtered, nothing is said', async (t) => {
  const { watch, clock, log, asked } = await watchOf(t, () => false);
  await clock.looked(1);
  t.equal(asked(), 6);
  t.same([watch.hasFound, log.lines.length], [false, 0]);
});

t.test('stopped while it asks: nothing is left open, and nothing is said', async (t) => {
  const { watch, clock, log, sent, asked } = await watchOf(t, (index) => index === 0);
  while (asked() < 2) await turn();
  watch.stop();
  while (clock.pendingTimers > 0) await turn();
  t.same([watch.hasFound, log.lines.length, sent.length], [false, 0, 0]);
});

t.test('it takes no more calls: whatever is lost, it takes no places that would bring them back to it', async (t) => {
  const { watch, clock, log, sent, asked } = await watchOf(t, (index) => index % 2 === 0);
  while (asked() < 2) await turn();
  watch.retire();
  while (clock.pendingTimers > 0) await turn();
  watch.start();
  t.equal(clock.pendingTimers, 0, 'with a new connection neither');
  t.same([watch.hasFound, log.lines.length, sent.length], [false, 0, 0]);
});
