/** Recordings as files that can be listened to. A path comes from the recording's row and never from a request. */
import type { Recording } from '../../domain/calls/recording.js';

export type RecordingFormat = 'wav' | 'mp3';

/** Must be read or closed; reading to the end, or giving up, closes it. */
export interface OpenRecordingFile {
  readonly sizeBytes: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
  /** The bytes from `first` to `last`, both included. To be called once. */
  read(first: number, last: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface RecordingFiles {
  /** Null when the recording has no such file, or it is no longer there. */
  open(recording: Recording, format: RecordingFormat): Promise<OpenRecordingFile | null>;
  /** JSON of audiowaveform, version 2; null when there is none. */
  waveform(recording: Recording): Promise<string | null>;
}
