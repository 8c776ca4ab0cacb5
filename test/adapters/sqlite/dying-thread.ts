/** A database thread that says ready, answers a request for `first`, and dies of any other. Started by thread-link.test.ts. */
import { parentPort } from 'node:worker_threads';
import type { ThreadMessage, ThreadRequest } from '../../../src/adapters/sqlite/store-requests.js';

const send = (message: ThreadMessage): void => parentPort?.postMessage(message);

parentPort?.on('message', (request: ThreadRequest<string>) => {
  if (request.kind === 'close') return parentPort?.close();
  if (request.body !== 'first') throw new Error(`no ${request.body}`);
  send({ kind: 'replies', replies: [{ requestId: request.requestId, isDone: true, value: request.body }] });
});
send({ kind: 'ready' });
