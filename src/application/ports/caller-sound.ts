/** What a caller's leg is asked to play and to take: one prompt of a flow, one answer that he speaks, or a voicemail's greeting and what he says after it. */

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

export interface ListenRequest {
  /** Mono, what the caller says alone; a file of its own beside a recording of the call. */
  readonly path: string;
  /** How long he may be silent before he speaks. */
  readonly waitMs: number;
  /** A silence of this length ends what he says. */
  readonly pauseMs: number;
  /** He is cut off after this, in ms from the beginning, to the next second. */
  readonly limitMs: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/** The file is complete when he spoke; otherwise there may be one, whose sound nobody needs. */
export type Listened =
  | { readonly kind: 'spoke' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly detail: string };
