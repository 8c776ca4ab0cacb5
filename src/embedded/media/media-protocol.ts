/**
 * The messages between the engine (any thread) and its media workers. Commands to one worker are carried out in order.
 * A command with a requestId is answered by exactly one reply.
 */

import type { MediaEvent, MediaStats, PlayRequest, RecordEnd, RecordRequest, RemoteMedia } from './media-port.js';

/** Handed to a media worker as its workerData. */
export interface MediaWorkerOptions {
  readonly cacheMaxBytes: number;
  readonly maxFileMs: number;
}

/** Tells a worker of another one: the memory of the rings to it and from it. */
export interface WorkerLink {
  readonly type: 'link';
  readonly worker: number;
  readonly outgoing: SharedArrayBuffer;
  readonly incoming: SharedArrayBuffer;
}

/** Commands that are not answered. */
export type MediaOrder =
  | { readonly type: 'set-media-timeout'; readonly sessionId: string; readonly timeoutMs: number }
  | { readonly type: 'play'; readonly sessionId: string; readonly playId: number; readonly request: PlayRequest }
  | { readonly type: 'stop-play'; readonly sessionId: string }
  | { readonly type: 'send-dtmf'; readonly sessionId: string; readonly digits: string; readonly durationMs: number }
  | { readonly type: 'bridge'; readonly sessionId: string; readonly otherId: string }
  /** The same with a session of another worker; that one is told as well. */
  | {
      readonly type: 'bridge-across';
      readonly sessionId: string;
      readonly otherWorker: number;
      readonly otherNumber: number;
    }
  | { readonly type: 'unbridge'; readonly sessionId: string };

/** Commands that are answered, each with the type of its answer. */
export interface MediaQuestions {
  open: {
    ask: { readonly sessionId: string; readonly number: number; readonly address: string; readonly rtpPort: number };
    answer: null;
  };
  'set-remote': { ask: { readonly sessionId: string; readonly remote: RemoteMedia }; answer: null };
  'start-recording': { ask: { readonly sessionId: string; readonly request: RecordRequest }; answer: null };
  'stop-recording': { ask: { readonly sessionId: string; readonly path: string }; answer: RecordEnd | null };
  'mask-recording': {
    ask: { readonly sessionId: string; readonly path: string; readonly masked: boolean };
    answer: boolean;
  };
  stats: { ask: { readonly sessionId: string }; answer: MediaStats };
  close: { ask: { readonly sessionId: string }; answer: null };
  'shut-down': { ask: Record<never, never>; answer: null };
}

export type MediaQuestionType = keyof MediaQuestions;

export type MediaQuestion = {
  [T in MediaQuestionType]: { readonly type: T; readonly requestId: number } & MediaQuestions[T]['ask'];
}[MediaQuestionType];

export type MediaCommand = MediaOrder | MediaQuestion | WorkerLink;

export type MediaAnswer = MediaQuestions[MediaQuestionType]['answer'];

export type MediaMessage =
  | { readonly type: 'answer'; readonly requestId: number; readonly value: MediaAnswer }
  /** `code` is the operating system's error code when it has one, such as EADDRINUSE. */
  | { readonly type: 'refusal'; readonly requestId: number; readonly error: string; readonly code: string | null }
  | { readonly type: 'event'; readonly event: MediaEvent }
  /** A bug of ours cost this session its media; the others go on. */
  | { readonly type: 'fault'; readonly sessionId: string; readonly error: string };
