/**
 * The worker thread of the recording store, at the lowest priority: calls that are up need the processor first. Linux
 * counts priority by thread, so that the main thread keeps its own.
 */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { finishRecording } from './finish-recording.js';
import type { RecordingReply, RecordingRequest } from './recording-job.js';

function stepBack(): void {
  // Elsewhere than on Linux the process id stands for all threads, the main one included.
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);
}

const port = parentPort;
if (port !== null) {
  stepBack();
  port.on('message', async ({ id, job }: RecordingRequest) => {
    const reply: RecordingReply = { id, result: await finishRecording(job) };
    port.postMessage(reply);
  });
}
