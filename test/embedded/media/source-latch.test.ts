/** Whose packets count: symmetric RTP with a lock. */

import t from 'tap';
import { SourceLatch } from '../../../src/embedded/media/source-latch.js';

t.test('the address of the SDP locks, and nobody else is heard then', async (t) => {
  const latch = new SourceLatch();
  latch.expect('192.0.2.1', 4000);
  t.ok(latch.accepts('192.0.2.1', 4000));
  t.notOk(latch.accepts('198.51.100.9', 4000));
  t.notOk(latch.accepts('192.0.2.1', 4002));
  t.match(latch, { address: '192.0.2.1', port: 4000 });
});

t.test('a peer behind NAT is learned once and answered there', async (t) => {
  const latch = new SourceLatch();
  latch.expect('10.0.0.5', 4000);
  t.ok(latch.accepts('203.0.113.7', 31_000));
  t.match(latch, { address: '203.0.113.7', port: 31_000 });
  t.notOk(latch.accepts('198.51.100.9', 5));
  t.ok(latch.accepts('203.0.113.7', 31_000));
});

t.test('a stranger who spoke first gives way to the address of the SDP', async (t) => {
  const latch = new SourceLatch();
  latch.expect('192.0.2.1', 4000);
  t.ok(latch.accepts('198.51.100.9', 5));
  t.ok(latch.accepts('192.0.2.1', 4000));
  t.notOk(latch.accepts('198.51.100.9', 5));
  t.match(latch, { address: '192.0.2.1', port: 4000 });
});

t.test('a new address in a re-INVITE opens the lock, the same address does not', async (t) => {
  const latch = new SourceLatch();
  latch.expect('192.0.2.1', 4000);
  latch.accepts('203.0.113.7', 31_000);
  latch.expect('192.0.2.1', 4000);
  t.notOk(latch.accepts('198.51.100.9', 5));
  t.match(latch, { address: '203.0.113.7', port: 31_000 }, 'what was learned is kept');
  latch.expect('192.0.2.2', 6000);
  t.match(latch, { address: '192.0.2.2', port: 6000 });
  t.ok(latch.accepts('192.0.2.2', 6000));
  t.notOk(latch.accepts('203.0.113.7', 31_000));
});
