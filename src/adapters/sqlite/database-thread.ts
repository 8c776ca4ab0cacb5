/**
 * The frame of a database thread: opens its handle, says ready or why not, hands over whatever has queued up as one group,
 * answers, and closes the handle when told to. What a group does is the business of the writer and of the reader.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { type ThreadMessage, type ThreadReply, type ThreadRequest, wireErrorOf } from './store-requests.js';

/** Bounds the time that one transaction takes, and with it the wait of the first write in it. */
const MAX_GROUP = 512;

export interface DatabaseWork<Body> {
  /** One reply per request, in order. Must not throw. */
  run(group: readonly { readonly requestId: number; readonly body: Body }[]): readonly ThreadReply[];
  close(): void;
}

export function replyOf(requestId: number, work: () => unknown): ThreadReply {
  try {
    return { requestId, isDone: true, value: work() };
  } catch (error) {
    return { requestId, isDone: false, error: wireErrorOf(error) };
  }
}

/** Requests that are there already, the first one included; at most `MAX_GROUP`, in order of arrival. */
function gather<Body>(port: MessagePort, first: ThreadRequest<Body>): readonly ThreadRequest<Body>[] {
  const requests = [first];
  while (requests.length < MAX_GROUP) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) break;
    requests.push(received.message as ThreadRequest<Body>);
  }
  return requests;
}

export function serveDatabase<Body>(open: () => DatabaseWork<Body>): void {
  const port = parentPort;
  if (port === null) throw new Error('this file is started as a worker thread');
  const send = (message: ThreadMessage): void => port.postMessage(message);
  let work: DatabaseWork<Body>;
  try {
    work = open();
  } catch (error) {
    send({ kind: 'failed', error: wireErrorOf(error) });
    return;
  }
  port.on('message', (first: ThreadRequest<Body>) => {
    const requests = gather(port, first);
    const group = requests.filter((request) => request.kind === 'work');
    if (group.length > 0) send({ kind: 'replies', replies: work.run(group) });
    if (group.length === requests.length) return;
    work.close();
    port.close();
  });
  send({ kind: 'ready' });
}
