/**
 * The application `record`: records what the caller says into a file until he presses a terminator, is silent for long
 * enough, or the limit is reached. switch_ivr_record_file(). Used for voicemail.
 */
import { dirname } from 'node:path';
import type { Channel, Digit } from './channel.js';
import { ensureFolder } from './ensure-folder.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import { finishRecording, recordingPath } from './recordings.js';
import type { SwitchCore } from './switch-core.js';

export interface RecordFileRequest {
  readonly path: string;
  /** 0: without limit. */
  readonly limitSeconds: number;
  /** 0: silence does not end it. */
  readonly silenceSeconds: number;
  readonly onDigit: (digit: Digit) => boolean;
}

/** False: the file could not be opened. */
export async function recordUntilSilence(
  core: SwitchCore,
  channel: Channel,
  request: RecordFileRequest,
): Promise<boolean> {
  const { media, variables } = channel;
  if (media === null || request.path === '') return false;
  variables.set('playback_terminator_used', null);
  variables.set('silence_hits_exhausted', 'false');
  const file = recordingPath(core, request.path);
  channel.recordings.set(request.path, { path: file, variables: new Map(), isSession: false });
  const isOpen = await open(channel, file, request);
  if (!isOpen) {
    channel.recordings.delete(request.path);
    return false;
  }
  channel.fire('RECORD_START', (event) => event.add('Record-File-Path', file));
  await waitForEnd(core, channel, request);
  if (channel.recordings.has(request.path)) finishRecording(channel, file, await media.session.stopRecording(file));
  return true;
}

async function open(channel: Channel, file: string, request: RecordFileRequest): Promise<boolean> {
  try {
    await ensureFolder(dirname(file));
    const started = await channel.media?.session.startRecording({
      path: file,
      channels: 'mono-received',
      limitMs: request.limitSeconds * 1000,
      silenceEndMs: request.silenceSeconds * 1000,
    });
    return started?.ok === true;
  } catch {
    return false;
  }
}

/** The media engine's end removes the recording from the channel's list. */
async function waitForEnd(core: SwitchCore, channel: Channel, request: RecordFileRequest): Promise<void> {
  while (channel.isReady && channel.recordings.has(request.path)) {
    if (channel.breakLevel !== 0) {
      channel.breakLevel = 0;
      return;
    }
    const digit = channel.takeDigit();
    if (digit !== null) {
      if (request.onDigit(digit)) return;
    } else if (hasRunnableCommand(channel)) await runPrivateCommands(core, channel);
    else await channel.signal.wait();
  }
}
