// The link to a database thread: what cannot be sent, and what waits when the thread dies.
import t from 'tap';
import { ThreadLink } from '../../../src/adapters/sqlite/thread-link.js';

await t.test('what cannot be sent to the thread fails its own promise and does not wait', async (t) => {
  const link = new ThreadLink<unknown>({
    url: new URL('./dying-thread.js', import.meta.url),
    data: null,
    maxPending: 10,
    log: null,
  });
  await t.rejects(link.request('too early'), { name: 'StorageError', fault: 'closed' });
  await link.started();
  await t.rejects(
    link.request(() => 'a function cannot travel'),
    { name: 'DataCloneError' },
  );
  t.equal(link.pending, 0);
  await t.resolves(link.close());
});

await t.test('what waits for a thread that dies is refused as lost, and so is what comes later', async (t) => {
  const sentences: string[] = [];
  const link = new ThreadLink<string>({
    url: new URL('./dying-thread.js', import.meta.url),
    data: null,
    maxPending: 10,
    log: { error: (sentence) => sentences.push(sentence) },
  });
  await link.started();
  t.equal(await link.request('first'), 'first');
  const waiting = ['second', 'third'].map((body) => link.request(body));
  for (const result of await Promise.allSettled(waiting)) {
    t.match(result, { status: 'rejected', reason: { name: 'StorageError', fault: 'thread-lost', sipStatus: 503 } });
  }
  await t.rejects(link.request('later'), { name: 'StorageError', fault: 'thread-lost' });
  t.equal(link.pending, 0);
  t.match(sentences, [/^a database thread died, no call can be recorded until a restart: no second$/]);
  await link.close();
});
