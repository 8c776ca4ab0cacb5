/** What the recording store asks of its worker thread, and what comes back. Plain data, for it crosses threads. */
import type { ChannelLevel } from '../../domain/calls/recording.js';
import type { Mp3Encoder } from './mp3-encode.js';

export interface RecordingJob {
  readonly wavPath: string;
  /** When it was begun, in ms since 1970: its parts are laid out by it. */
  readonly startedAt: number;
  /** It has no parts, and nobody looks for any. */
  readonly isWhole: boolean;
  /** Null: whichever is installed. */
  readonly encoder: Mp3Encoder | null;
  readonly keepsWav: boolean;
  readonly isMp3Made: boolean;
}

export type RecordingResult =
  | {
      readonly kind: 'ready';
      readonly wavPath: string | null;
      readonly mp3Path: string | null;
      readonly durationMs: number;
      readonly channels: 1 | 2;
      readonly levels: readonly ChannelLevel[];
      /** Of the WAV, as it was before any conversion (and after the repair of its header). */
      readonly sha256: string;
      readonly isRepaired: boolean;
      /** What went wrong beside the recording itself, in sentences: no MP3, no waveform. */
      readonly faults: readonly string[];
    }
  | { readonly kind: 'lost'; readonly reason: string };

export interface RecordingRequest {
  readonly id: number;
  readonly job: RecordingJob;
}

export interface RecordingReply {
  readonly id: number;
  readonly result: RecordingResult;
}

/** The files beside a recording, by the path of its WAV. */
export function mp3PathOf(wavPath: string): string {
  return wavPath.replace(/\.wav$/, '.mp3');
}

export function peaksPathOf(wavPath: string): string {
  return wavPath.replace(/\.wav$/, '.peaks.json');
}
