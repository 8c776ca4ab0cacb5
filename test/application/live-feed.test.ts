// The ring of call events: order, resuming, and what becomes of those who are slow.
import fc from 'fast-check';
import t from 'tap';
import { type FeedCursor, LiveFeed } from '../../src/application/operation/live-feed.js';
import { receivedCall } from '../contract/call-samples.js';

const EVERYTHING = { campaignId: null, callId: null, after: null, epoch: null };
const ENTRY = { atMs: 5, step: 'answered', text: '200 OK', data: {} } as const;

function feedOf(capacity: number, events = 0): LiveFeed {
  const feed = new LiveFeed({ epoch: 'e1', capacity });
  publish(feed, events);
  return feed;
}

function publish(feed: LiveFeed, events: number): void {
  for (let index = 0; index < events; index += 1) feed.stepped(receivedCall('c1'), ENTRY);
}

function opened(feed: LiveFeed, request: Partial<Parameters<LiveFeed['open']>[0]> = {}): FeedCursor {
  const opening = feed.open({ ...EVERYTHING, ...request });
  if (opening.kind !== 'open') throw new Error(opening.sentence);
  return opening.cursor;
}

function read(cursor: FeedCursor): number[] {
  const sequences: number[] = [];
  for (let taken = cursor.take(); taken.kind === 'event'; taken = cursor.take()) sequences.push(taken.event.sequence);
  return sequences;
}

t.test('a follower without "after" gets what comes from now on, in order', async (t) => {
  const feed = feedOf(10, 3);
  const cursor = opened(feed);
  t.same(cursor.take(), { kind: 'caught-up' });
  publish(feed, 2);
  t.same(read(cursor), [4, 5]);
});

t.test('a follower who comes back with his last number loses nothing and doubles nothing', async (t) => {
  const feed = feedOf(10, 8);
  t.same(read(opened(feed, { after: 5, epoch: 'e1' })), [6, 7, 8]);
  t.same(read(opened(feed, { after: 0 })), [1, 2, 3, 4, 5, 6, 7, 8]);
  t.same(read(opened(feed, { after: 8 })), []);
});

t.test('whoever comes back too late is told the oldest number, and after a restart the new epoch', async (t) => {
  const feed = feedOf(10, 25);
  t.match(feed.open({ ...EVERYTHING, after: 14 }), { kind: 'resume-impossible', sentence: /oldest is 16/ });
  t.equal(feed.open({ ...EVERYTHING, after: 15 }).kind, 'open');
  t.match(feed.open({ ...EVERYTHING, after: 20, epoch: 'e0' }), { kind: 'resume-impossible', sentence: /epoch e1/ });
  t.match(feed.open({ ...EVERYTHING, after: 26 }), { kind: 'resume-impossible', sentence: /newest is 25/ });
});

t.test('a follower whom the ring has overtaken is told so, and nobody else notices', async (t) => {
  const feed = feedOf(4);
  const slow = opened(feed);
  const quick = opened(feed);
  publish(feed, 3);
  t.same(read(quick), [1, 2, 3]);
  publish(feed, 3);
  t.same(slow.take(), { kind: 'too-slow', missedFrom: 1, oldest: 3 });
  t.same(read(quick), [4, 5, 6]);
});

t.test('a filter leaves out calls and keeps the numbers of those that are left', async (t) => {
  const feed = feedOf(10);
  const one = opened(feed, { callId: 'c2' });
  const campaign = opened(feed, { campaignId: 'roofing' });
  feed.stepped(receivedCall('c1'), ENTRY);
  feed.stepped({ ...receivedCall('c2'), campaignId: 'roofing' }, ENTRY);
  feed.closed({ ...receivedCall('c3'), campaignId: 'roofing' });
  t.same(read(one), [2]);
  t.same(read(campaign), [2, 3]);
});

t.test('a feed that closes is read to its end and takes nothing more', async (t) => {
  const feed = feedOf(10);
  const cursor = opened(feed);
  let woken = 0;
  feed.onChange(() => {
    woken += 1;
  });
  publish(feed, 2);
  feed.close();
  publish(feed, 1);
  t.equal(woken, 3);
  t.same(read(cursor), [1, 2]);
  t.same(cursor.take(), { kind: 'closed' });
});

t.test(
  'however publishing and reading alternate, a follower reads each number once or is told that he cannot',
  async (t) => {
    const turns = fc.array(fc.record({ published: fc.nat(6), reads: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(turns, fc.integer({ min: 1, max: 12 }), (steps, capacity) => {
        const feed = feedOf(capacity);
        const cursor = opened(feed);
        const seen: number[] = [];
        for (const { published, reads } of steps) {
          publish(feed, published);
          if (reads) seen.push(...read(cursor));
          if (reads && cursor.take().kind === 'too-slow') return feed.oldest > cursor.next;
        }
        return seen.every((sequence, index) => sequence === index + 1);
      }),
    );
    t.throws(() => feedOf(0), RangeError);
  },
);
