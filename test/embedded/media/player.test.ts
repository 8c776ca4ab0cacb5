/** Rounds without gaps: the player and what it plays, without a network. */

import fc from 'fast-check';
import t from 'tap';
import { AudioLibrary } from '../../../src/embedded/media/audio-library.js';
import { openSource, type SampleSource, type SourceState } from '../../../src/embedded/media/play-source.js';
import { Player } from '../../../src/embedded/media/player.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';

/** Samples 1, 2, 3 ... of which `ready` are there to be read. */
class CountingSource implements SampleSource {
  position = 0;
  constructor(
    readonly length: number,
    public ready = length,
  ) {}
  read(target: Int16Array, start: number, count: number): number {
    const take = Math.min(count, this.ready - this.position);
    for (let i = 0; i < take; i += 1) target[start + i] = this.position + i + 1;
    this.position += take;
    return take;
  }
  state(): SourceState {
    if (this.length === 0) return 'failed';
    return this.position < this.length ? 'more' : 'end';
  }
  rewind(): void {
    this.position = 0;
  }
}

function playAll(player: Player, maxFrames = 10_000): number[] {
  const frame = new Int16Array(160);
  const heard: number[] = [];
  for (let i = 0; i < maxFrames && player.fill(frame, 160); i += 1) heard.push(...frame);
  return heard;
}

const library = new AudioLibrary(0, 0);

t.test('rounds follow each other without a sample lost or added', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 6 }), (length, plays) => {
      const player = new Player(1, new CountingSource(length), plays);
      const heard = playAll(player);
      const expected = Array.from({ length: length * plays }, (_, i) => (i % length) + 1);
      t.same(heard.slice(0, expected.length), expected);
      t.ok(heard.slice(expected.length).every((sample) => sample === 0));
      t.ok(heard.length - expected.length < 160);
      t.equal(player.state(), 'done');
      t.equal(player.playedMs(), (length * plays) / 8);
    }),
  );
});

t.test('zero plays go on without end', async (t) => {
  const player = new Player(1, new CountingSource(100), 0);
  t.equal(playAll(player, 500).length, 500 * 160);
  t.equal(player.state(), 'playing');
});

t.test('a file that is still being decoded is waited for, not skipped', async (t) => {
  const source = new CountingSource(320, 0);
  const player = new Player(1, source, 1);
  t.same(playAll(player), []);
  t.equal(player.state(), 'playing');
  source.ready = 320;
  t.same(
    playAll(player),
    Array.from({ length: 320 }, (_, i) => i + 1),
  );
  t.equal(player.state(), 'done');
});

t.test('what cannot be played fails at once and does not spin', async (t) => {
  const empty = new Player(1, new CountingSource(0), 0);
  t.same(playAll(empty), []);
  t.equal(empty.state(), 'failed');
  for (const source of [
    { kind: 'silence' as const, durationMs: 0 },
    { kind: 'tone' as const, frequenciesHz: [440], onMs: 0, offMs: 0, loops: 0, levelDb: -7 },
  ]) {
    const player = new Player(1, openSource(source, library), 0);
    t.same(playAll(player), []);
    t.equal(player.state(), 'failed');
  }
});

t.test('silence lasts as long as it says, or for ever when negative', async (t) => {
  const player = new Player(1, openSource({ kind: 'silence', durationMs: 300 }, library), 1);
  t.equal(playAll(player).length, 2400);
  t.equal(player.state(), 'done');
  const endless = new Player(1, openSource({ kind: 'silence', durationMs: -1 }, library), 1);
  t.equal(playAll(endless, 100).length, 16_000);
});

t.test('a tone has its frequencies, its level and its cadence', async (t) => {
  const tone = { kind: 'tone' as const, frequenciesHz: [440, 480], onMs: 200, offMs: 100, loops: 2, levelDb: -7 };
  const heard = playAll(new Player(1, openSource(tone, library), 1));
  t.equal(heard.length, 4800);
  for (const start of [0, 2400]) {
    const on = heard.slice(start, start + 1600);
    for (const frequencyHz of [440, 480]) t.ok(toneLevelDb(on, frequencyHz) > -12, `${frequencyHz} Hz at ${start}`);
    t.ok(toneLevelDb(on, 700) < -30);
    t.ok(heard.slice(start + 1600, start + 2400).every((sample) => sample === 0));
  }
});
