/** A process with a watched event loop, for loop-watchdog.test.ts: it connects to a port, and blocks its loop for as long as it is told. */
import { connect } from 'node:net';
import { startLoopWatchdog } from '../../../src/adapters/system/loop-watchdog.js';

const [port = '0', stallMs = '0', exitMs = '0'] = process.argv.slice(2);
const watchdog = startLoopWatchdog({
  stallMs: Number(stallMs),
  exitMs: Number(exitMs),
  exit: (lagMs) => {
    process.stdout.write(`exit ${lagMs}\n`, () => process.exit(70));
  },
});
watchdog.onStall((lagMs) => process.stdout.write(`stalled ${lagMs}\n`));
const socket = connect(Number(port), '127.0.0.1', () => {
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  watchdog.setFarewell({ descriptor: fd, bytes: 'farewell' });
  process.stdout.write('ready\n');
});
process.stdin.on('data', (chunk: Buffer) => {
  const order = chunk.toString().trim();
  if (order === 'close') {
    socket.destroy();
    void watchdog.close();
    process.stdin.destroy();
    return;
  }
  const until = performance.now() + Number(order);
  while (performance.now() < until);
});
