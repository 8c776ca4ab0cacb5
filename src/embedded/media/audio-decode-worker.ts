/**
 * The decoding thread of a media worker: takes paths, answers pieces of 8 kHz PCM. It keeps nothing; the library in the
 * media worker caches. A file that fails is answered with a sentence and never ends the thread.
 */

import { parentPort } from 'node:worker_threads';
import { decodeAudioFile } from './audio-file.js';
import { errorSentence } from './media-errors.js';

export interface DecodeRequest {
  readonly jobId: number;
  readonly path: string;
  readonly maxSamples: number;
}

export type DecodeAnswer =
  | { readonly type: 'piece'; readonly jobId: number; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly type: 'end'; readonly jobId: number }
  | { readonly type: 'failure'; readonly jobId: number; readonly error: string };

function answer(message: DecodeAnswer): void {
  if (message.type === 'piece') parentPort?.postMessage(message, [message.samples.buffer]);
  else parentPort?.postMessage(message);
}

async function decode({ jobId, path, maxSamples }: DecodeRequest): Promise<void> {
  try {
    let total = 0;
    for await (const piece of decodeAudioFile(path)) {
      total += piece.length;
      if (total > maxSamples) throw new RangeError(`the file is longer than ${Math.floor(maxSamples / 8000)} s`);
      // The piece's buffer leaves this thread, so it must not be shared with anything here.
      if (piece.length > 0) answer({ type: 'piece', jobId, samples: piece.slice() });
    }
    answer({ type: 'end', jobId });
  } catch (error) {
    answer({ type: 'failure', jobId, error: errorSentence(error) });
  }
}

parentPort?.on('message', (request: DecodeRequest) => {
  void decode(request);
});
