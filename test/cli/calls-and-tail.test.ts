// What an operator and a script read of calls on the command line, from a running app.
import { once } from 'node:events';
import t from 'tap';
import { ApiRefusal } from '../../src/cli/api-client.js';
import { runCalls } from '../../src/cli/run-calls.js';
import { runTail } from '../../src/cli/run-tail.js';
import { CallApi } from '../adapters/http/call-api.js';
import { answeredCall, closingOf, endedCall, receivedCall } from '../contract/call-samples.js';
import { Deferred } from '../support/deferred.js';
import { VirtualClock } from '../support/virtual-clock.js';

const ENTRY = { atMs: 5, step: 'answered', text: '200 OK to the caller', data: {} } as const;

/** Lines as they are printed, and a promise for the moment at which there are so many. */
class Lines {
  readonly all: string[] = [];
  #wake: () => void = () => undefined;

  readonly print = (line: string): void => {
    this.all.push(line);
    this.#wake();
  };

  async count(count: number): Promise<void> {
    while (this.all.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

t.test('ringpost calls prints the log newest first, page after page, and a line of JSON each when asked', async (t) => {
  const api = await CallApi.start(t);
  for (let index = 0; index < 450; index += 1) await api.calls.open(receivedCall(`c${index}`, 1_000 + index));
  await api.calls.close(closingOf(endedCall(answeredCall(receivedCall('sold', 500)))));
  const access = { url: api.url, key: await api.key('calls:read') };
  const lines = new Lines();
  t.equal(await runCalls({ api: access, conditions: {}, limit: 420, isJson: true, print: lines.print }), 0);
  const ids = lines.all.map((line) => JSON.parse(line).id);
  t.equal(ids.length, 420);
  t.same([ids[0], ids[419]], ['c449', 'c30']);
  const sold = new Lines();
  await runCalls({ api: access, conditions: { outcome: 'sold' }, limit: 10, isJson: false, print: sold.print });
  t.match(sold.all, [
    /^1970-01-01 00:00:00Z {2}\+12\*+01 -> \+18005550100 {2}sold .* 88\.0 s .*42\.\d+ USD .*roofing \/ acme {2}sold$/,
  ]);
  const none = new Lines();
  await runCalls({ api: access, conditions: { campaign: 'none' }, limit: 10, isJson: false, print: none.print });
  t.same(none.all, ['no call fits']);
});

t.test('a refusal of the API is its own sentence, and so is that nobody answers', async (t) => {
  const api = await CallApi.start(t);
  const print = (): void => undefined;
  const ask = (url: string, key: string, state: string) =>
    runCalls({ api: { url, key }, conditions: { state }, limit: 1, isJson: false, print });
  await t.rejects(ask(api.url, await api.key('calls:read'), 'asleep'), { message: /state: expected one of received/ });
  await t.rejects(ask(api.url, await api.key('keys:manage'), 'ended'), { message: /lacks the scope calls:read/ });
  await t.rejects(ask(api.url, 'nonsense', 'ended'), { message: /not known/ });
  await t.rejects(ask('http://127.0.0.1:1', 'nonsense', 'ended'), { message: /127\.0\.0\.1:1 does not answer/ });
});

t.test('ringpost tail prints each event once, also when its connection drops in between', async (t) => {
  const api = await CallApi.start(t);
  const clock = new VirtualClock();
  const stop = new Deferred<void>();
  const lines = new Lines();
  const notes = new Lines();
  const tail = runTail({
    api: { url: api.url, key: await api.key('calls:read') },
    campaign: null,
    call: null,
    isJson: true,
    print: lines.print,
    say: notes.print,
    clock,
    stop: stop.promise,
  });
  while (api.sockets().length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  api.feed.stepped(receivedCall('c1'), ENTRY);
  api.feed.stepped(receivedCall('c1'), ENTRY);
  await lines.count(2);
  for (const socket of api.sockets()) socket.terminate();
  await notes.count(1);
  api.feed.stepped(receivedCall('c1'), ENTRY);
  await clock.advance(1_000);
  await lines.count(3);
  api.feed.closed(endedCall(answeredCall(receivedCall('c1'))));
  await lines.count(4);
  t.same(
    lines.all.map((line) => JSON.parse(line).sequence),
    [1, 2, 3, 4],
  );
  t.match(notes.all, ['the connection dropped; again in 1 s']);
  const [socket] = api.sockets();
  const closed = socket === undefined ? null : once(socket, 'close');
  stop.resolve();
  t.equal(await tail, 0);
  await closed;
  t.equal(clock.pendingTimers, 0);
});

t.test('ringpost tail ends when its key is revoked', async (t) => {
  const api = await CallApi.start(t);
  const key = await api.key('calls:read');
  const nothing = { print: () => undefined, say: () => undefined, clock: new VirtualClock(), isJson: false };
  const options = { api: { url: api.url, key }, campaign: null, call: null, stop: new Deferred<void>().promise };
  const tail = runTail({ ...options, ...nothing });
  tail.catch(() => undefined);
  while (api.sockets().length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  const [stored] = await api.keys.list();
  await api.keys.revoke(stored?.id ?? '', 0);
  await api.clock.advance(15_000);
  await t.rejects(tail, ApiRefusal);
});
