/** Where packets belong in a recording, on simulated networks. */

import fc from 'fast-check';
import t from 'tap';
import { RecordingTimeline } from '../../../src/embedded/media/recording-timeline.js';

interface Network {
  readonly seed: number;
  readonly jitterMs: number;
  readonly lossRate: number;
  /** How much faster than ours the sender's clock runs. */
  readonly driftPpm: number;
  readonly seconds: number;
}

/** Uniform numbers from 0 to 1, the same for a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Answers, for each packet that arrived, when it was sent on our clock and how far off its place it was put. */
function simulate(network: Network): { sentMs: number; errorMs: number }[] {
  const random = randomNumbers(network.seed);
  const timeline = new RecordingTimeline();
  const packets = Array.from({ length: network.seconds * 50 }, (_, index) => {
    const sentMs = (index * 20) / (1 + network.driftPpm / 1e6);
    return { index, sentMs, arrivesMs: sentMs + random() * network.jitterMs };
  }).filter(() => random() >= network.lossRate);
  packets.sort((a, b) => a.arrivesMs - b.arrivesMs);
  return packets.map(({ index, sentMs, arrivesMs }) => {
    const timestamp = (0xfffff000 + index * 160) >>> 0;
    const position = timeline.place(7, (65_000 + index) & 0xffff, timestamp, Math.round(arrivesMs * 8));
    return { sentMs, errorMs: position / 8 - sentMs };
  });
}

t.test('on a clean network packets lie end to end', async (t) => {
  const placed = simulate({ seed: 1, jitterMs: 0, lossRate: 0, driftPpm: 0, seconds: 20 });
  t.ok(placed.every(({ errorMs }) => errorMs === 0));
});

t.test('jitter, reordering, loss and drift leave every packet within 20 ms of its time', async (t) => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        jitterMs: fc.integer({ min: 0, max: 60 }),
        lossRate: fc.double({ min: 0, max: 0.1, noNaN: true }),
        driftPpm: fc.integer({ min: -200, max: 200 }),
        seconds: fc.constant(60),
      }),
      (network) => {
        // The first packets may be the slow ones; the second after them shows the true delay.
        const wrong = simulate(network).filter(({ sentMs, errorMs }) => sentMs > 1000 && Math.abs(errorMs) > 20);
        t.same(wrong, []);
      },
    ),
    { numRuns: 40 },
  );
});

t.test('half an hour of a sender whose clock is 100 ppm off ends within 20 ms', async (t) => {
  for (const driftPpm of [100, -100]) {
    const placed = simulate({ seed: 5, jitterMs: 30, lossRate: 0.02, driftPpm, seconds: 1800 });
    t.ok(Math.abs(placed.at(-1)?.errorMs ?? 99) < 20, `${driftPpm} ppm`);
  }
});

t.test('a sender that restarts its timestamps goes on where it is in time', async (t) => {
  const timeline = new RecordingTimeline();
  timeline.place(7, 1, 1000, 0);
  t.equal(timeline.place(7, 2, 500_000_000, 160), 160);
  t.equal(timeline.place(7, 3, 500_000_160, 320), 320);
  t.equal(timeline.place(8, 900, 5, 480), 480, 'and so does a new source');
});

t.test('a pause with timestamps that went on is kept; one with timestamps that stood still is found out', async (t) => {
  const timeline = new RecordingTimeline();
  timeline.place(7, 1, 0, 0);
  t.equal(timeline.place(7, 2, 80_000, 80_000), 80_000);
  t.equal(timeline.place(7, 3, 80_160, 240_000), 240_000);
});

t.test('a burst after a stall is laid out in time, not on one heap', async (t) => {
  const timeline = new RecordingTimeline();
  for (let i = 0; i < 50; i += 1) timeline.place(7, i, i * 160, i * 160);
  const burst = Array.from({ length: 10 }, (_, i) => timeline.place(7, 50 + i, (50 + i) * 160, 60 * 160));
  t.same(
    burst,
    Array.from({ length: 10 }, (_, i) => (50 + i) * 160),
  );
});
