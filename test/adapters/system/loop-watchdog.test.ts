// A process whose event loop stands still: its watchdog speaks for it, and ends it when it does not come back.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const ENTRY = fileURLToPath(new URL('./watched-process.js', import.meta.url));
const LONG_MS = 600_000;

interface Watched {
  readonly child: ChildProcess;
  /** Its end of the connection on which the farewell comes. */
  readonly socket: Socket;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Settles once its output has such a line. */
  says(words: RegExp): Promise<RegExpExecArray>;
}

async function watched(t: Test, stallMs: number, exitMs: number): Promise<Watched> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, [ENTRY, String(port), String(stallMs), String(exitMs)], { stdio: 'pipe' });
  const ended = new Promise<Awaited<Watched['ended']>>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    server.close();
  });
  let text = '';
  const waiters: (() => void)[] = [];
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const wake of waiters.splice(0)) wake();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const says = async (words: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = words.exec(text);
      if (found !== null) return found;
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
  };
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined);
  await says(/ready/);
  return { child, socket, ended, says };
}

t.test('the loop is blocked: the farewell is said while it is, and the listener told when it is over', async (t) => {
  const { child, socket, says } = await watched(t, 1_000, LONG_MS);
  let isBack = false;
  const back = says(/stalled (\d+)/).then((found) => {
    isBack = true;
    return Number(found[1]);
  });
  child.stdin?.write('3500');
  const [farewell] = (await once(socket, 'data')) as [Buffer];
  t.equal(farewell.toString(), 'farewell');
  t.equal(isBack, false, 'it comes while nothing else in the process can run');
  t.ok((await back) >= 1_000);
});

t.test('the loop does not come back: the process is killed and says why', async (t) => {
  const { child, ended, says } = await watched(t, 300, 900);
  child.stdin?.write(String(LONG_MS));
  t.match(JSON.parse((await says(/\{.*\}/))[0]), { level: 60, msg: /stands still; the process is ended/ });
  t.same(await ended, { code: null, signal: 'SIGKILL' });
});

t.test('the process is stopped by a signal for longer than it may: it ends itself when it goes on', async (t) => {
  const { child, ended } = await watched(t, 300, 900);
  child.kill('SIGSTOP');
  const since = performance.now();
  while (performance.now() - since < 1_200) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGCONT');
  const { code, signal } = await ended;
  t.ok(code === 70 || signal === 'SIGKILL', `it ended with ${code ?? signal}`);
});

t.test('a loop that works is left alone, and a watch that was closed lets the process end', async (t) => {
  const { child, ended } = await watched(t, LONG_MS, LONG_MS);
  child.stdin?.write('close');
  t.same(await ended, { code: 0, signal: null });
});
