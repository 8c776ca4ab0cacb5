/** What a caller's leg is asked to play: one prompt of a flow, or a voicemail's greeting and what he says after it. */

export interface PlayRequest {
  /** Null for silence alone. */
  readonly path: string | null;
  readonly durationMs: number;
  /** Any of 0 to 9, * and # ends it. */
  readonly isCutByKeys: boolean;
  /** What follows, and keys are heard in, before the music. */
  readonly silenceMs: number;
}

export interface VoicemailRequest {
  readonly greetingPath: string | null;
  readonly recordPath: string;
  readonly limitMs: number;
}
