// What of a call's timeline and bids is written when, and what the closing may leave out.
import t from 'tap';
import { WrittenProgress } from '../../src/application/calls/written-progress.js';
import { BIDS, TIMELINE } from '../contract/call-samples.js';

const NOTHING = { timeline: 0, bids: 0 };

t.test(
  'each write carries what has come since the one before, and what the store confirms need not be written again',
  async (t) => {
    const progress = new WrittenProgress(NOTHING);
    const first = progress.take(TIMELINE.slice(0, 1), []);
    const second = progress.take(TIMELINE.slice(0, 2), BIDS.slice(0, 1));
    t.same(first, { timeline: { from: 0, entries: TIMELINE.slice(0, 1) }, bids: { from: 0, entries: [] } });
    t.same(second, {
      timeline: { from: 1, entries: TIMELINE.slice(1, 2) },
      bids: { from: 0, entries: BIDS.slice(0, 1) },
    });
    t.same(progress.stored, NOTHING, 'nothing is confirmed yet');
    progress.confirm(first);
    progress.confirm(second);
    t.same(progress.stored, { timeline: 2, bids: 1 });
  },
);

t.test(
  'a write that failed leaves a gap: what is confirmed behind it is written again when the call is closed',
  async (t) => {
    const progress = new WrittenProgress(NOTHING);
    progress.take(TIMELINE.slice(0, 1), BIDS.slice(0, 1));
    progress.confirm(progress.take(TIMELINE.slice(0, 2), BIDS.slice(0, 2)));
    t.same(progress.stored, NOTHING);
  },
);

t.test('a call that another process has begun goes on behind what it stored', async (t) => {
  const progress = new WrittenProgress({ timeline: 1, bids: 1 });
  const write = progress.take(TIMELINE.slice(0, 2), BIDS.slice(0, 1));
  t.same(write.timeline, { from: 1, entries: TIMELINE.slice(1, 2) });
  t.same(write.bids, { from: 1, entries: [] });
  progress.confirm(write);
  t.same(progress.stored, { timeline: 2, bids: 1 });
});
