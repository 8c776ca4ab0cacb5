/** Recording files: where they lie, and what becomes of them after the call. */
import type { Recording } from '../../domain/calls/recording.js';

export interface FinishedRecording {
  readonly recording: Recording;
  /** What the media server reported, in ms, to be compared with the file. */
  readonly reportedMs: number | null;
  readonly failure: string | null;
  /** True: it is known to be one file, so that its folder, which holds a whole day, need not be searched for parts. */
  readonly isWhole?: boolean;
}

export interface RecordingStore {
  /** A fresh path for a recording; its folder exists. Names come from our ids only, never from caller data. */
  newPath(callId: string, recordingId: string): Promise<string>;
  /**
   * Verifies the WAV (header repaired if need be), measures its channels, makes and verifies the MP3 by a low-priority
   * worker. Settles with the record as it then is: `ready`, or `lost` with its reason. Never throws.
   */
  finish(finished: FinishedRecording): Promise<Recording>;
  /** From its beginning to the end of its sound, in ms, by the sizes of its files; null when there is none. Never rejects. */
  lengthMs(recording: Recording): Promise<number | null>;
}
