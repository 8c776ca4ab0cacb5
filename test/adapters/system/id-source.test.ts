// Ids and the real clock.
import t from 'tap';
import { createIdSource } from '../../../src/adapters/system/id-source.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

await t.test('ids are UUIDs of version 7 that carry the wall clock (RFC 9562 section 5.7)', async (t) => {
  const id = createIdSource(() => 0x0199_1234_5678).newId();
  t.match(id, VERSION_7);
  t.equal(id.slice(0, 13), '01991234-5678');
});

await t.test('ten thousand ids of one millisecond, and one after the clock was set back, sort by birth', async (t) => {
  let wallMs = 1_000_000;
  const source = createIdSource(() => wallMs);
  const ids = Array.from({ length: 10_000 }, () => source.newId());
  wallMs -= 5_000;
  ids.push(source.newId());
  t.same([...ids].sort(), ids);
  t.equal(new Set(ids).size, ids.length);
});

await t.test('a timer calls back once and not before its time; a cancelled one never does', async (t) => {
  const clock = createSystemClock();
  const startedAt = clock.monotonicMs();
  const cancelled: string[] = [];
  const cancel = clock.startTimer(1, () => cancelled.push('called'));
  cancel();
  await new Promise<void>((resolve) => clock.startTimer(20, resolve));
  t.ok(clock.monotonicMs() - startedAt >= 19, 'Node counts timers in whole milliseconds');
  t.same(cancelled, []);
});
