/** The record of one recording file; a file without such a record is an orphan and a fault. */
export interface ChannelLevel {
  /** Root mean square in dBFS; null for digital silence. */
  readonly rmsDbfs: number | null;
  readonly peakDbfs: number | null;
}

export type RecordingState = 'recording' | 'ready' | 'lost';

export interface Recording {
  readonly id: string;
  readonly callId: string;
  readonly kind: 'call' | 'voicemail';
  readonly state: RecordingState;
  readonly wavPath: string | null;
  readonly mp3Path: string | null;
  readonly startedAt: number;
  readonly durationMs: number | null;
  readonly channels: 1 | 2;
  /** Left then right: the caller, then the buyer. */
  readonly levels: readonly ChannelLevel[];
  readonly sha256: string | null;
  /** Why there is no recording, when `state` is `lost`. */
  readonly lostReason: string | null;
}
