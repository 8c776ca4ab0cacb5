/** How a third party takes part in a talk of two: who hears him, and whether the recording does. */

export const MONITOR_MODES = ['listen', 'whisper', 'barge'] as const;

export type MonitorMode = (typeof MONITOR_MODES)[number];

/** Whom a whisper is for: the caller, or whom he talks to, a buyer or an agent. */
export const WHISPER_EARS = ['buyer', 'caller'] as const;

export type WhisperEar = (typeof WHISPER_EARS)[number];

/** `join` is an agent who stays: both hear him and so does the recording. A supervisor is never on it. */
export type MonitorManner = 'listen' | 'whisper-buyer' | 'whisper-caller' | 'barge' | 'join';

export function mannerOf(mode: MonitorMode, to: WhisperEar): Exclude<MonitorManner, 'join'> {
  return mode === 'whisper' ? `whisper-${to}` : mode;
}

/** What a supervisor does, for the timeline. */
export function describeManner(manner: MonitorManner): string {
  switch (manner) {
    case 'listen':
      return 'listens, and nobody hears him';
    case 'whisper-buyer':
      return 'whispers to whom the caller talks to';
    case 'whisper-caller':
      return 'whispers to the caller';
    case 'barge':
      return 'talks to both';
    case 'join':
      return 'talks with both';
  }
}
