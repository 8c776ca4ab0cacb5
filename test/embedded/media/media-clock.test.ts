/** The 20 ms clock, with time turned by hand. */

import t from 'tap';
import { MediaClock, PHASES } from '../../../src/embedded/media/media-clock.js';

class HandClock {
  nowMs = 1000;
  wake: (() => void) | null = null;
  delayMs = 0;
  readonly ticks: { phase: number; dueMs: number; isLate: boolean }[] = [];
  readonly clock: MediaClock;

  constructor() {
    this.clock = new MediaClock((phase, dueMs, isLate) => this.ticks.push({ phase, dueMs, isLate }), {
      now: () => this.nowMs,
      wait: (delayMs, wake) => {
        this.delayMs = delayMs;
        this.wake = wake;
        return () => {
          this.wake = null;
        };
      },
    });
  }

  /** The timer goes off `lateMs` after it was due. */
  turn(lateMs = 0): void {
    this.nowMs += this.delayMs + lateMs;
    this.wake?.();
  }
}

t.test('each phase has a tick every 20 ms, and errors do not add up', async (t) => {
  const hand = new HandClock();
  for (let i = 0; i < 100; i += 1) hand.turn(i % 3 === 0 ? 0.9 : 0.1);
  for (let phase = 0; phase < PHASES; phase += 1) {
    const due = hand.ticks.filter((tick) => tick.phase === phase).map((tick) => tick.dueMs);
    t.ok(due.every((dueMs, i) => i === 0 || dueMs - (due[i - 1] ?? 0) === 20));
  }
  t.ok(hand.nowMs - (hand.ticks.at(-1)?.dueMs ?? 0) < 5);
});

t.test('after a stall every tick comes, and those too late to be heard are marked', async (t) => {
  const hand = new HandClock();
  hand.turn();
  hand.ticks.length = 0;
  hand.turn(100);
  const byLateness = hand.ticks.map((tick) => ({ lateMs: hand.nowMs - tick.dueMs, isLate: tick.isLate }));
  t.equal(byLateness.length, 21);
  t.ok(byLateness.every(({ lateMs, isLate }) => isLate === lateMs > 40));
});

t.test('a stopped clock is still', async (t) => {
  const hand = new HandClock();
  hand.clock.stop();
  t.equal(hand.wake, null);
});
