/**
 * How many objects live in the heaps of the worker threads of this process: Node tells of the main thread only. Importing this file
 * makes each Worker that is started later known here; the objects are counted by a heap snapshot, which collects first.
 */
import { syncBuiltinESMExports } from 'node:module';
import workerThreads, { type Worker } from 'node:worker_threads';

const threads = new Set<Worker>();

class KnownWorker extends workerThreads.Worker {
  constructor(...options: ConstructorParameters<typeof Worker>) {
    super(...options);
    threads.add(this);
    this.once('exit', () => threads.delete(this));
  }
}

workerThreads.Worker = KnownWorker;
syncBuiltinESMExports();

/** Stands in the head of a heap snapshot, before the objects themselves. */
const NODE_COUNT = /"node_count":(\d+)/;

async function objectsOf(thread: Worker): Promise<number> {
  let head = '';
  // The rest is read and dropped: kept, it would be the largest thing in the heap that is measured.
  for await (const chunk of await thread.getHeapSnapshot()) {
    if (!NODE_COUNT.test(head)) head += String(chunk);
  }
  return Number(NODE_COUNT.exec(head)?.[1] ?? 0);
}

export async function objectsOfThreads(): Promise<number> {
  let objects = 0;
  for (const thread of threads) objects += await objectsOf(thread);
  return objects;
}
