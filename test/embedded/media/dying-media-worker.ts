/** A media thread that dies when it is told to send the digits "die": for tests of what the engine does then. */

import { parentPort } from 'node:worker_threads';
import '../../../src/embedded/media/media-worker.js';
import type { MediaCommand } from '../../../src/embedded/media/media-protocol.js';

parentPort?.on('message', (command: MediaCommand) => {
  if (command.type === 'send-dtmf' && command.digits === 'die') throw new Error('died by order');
});
