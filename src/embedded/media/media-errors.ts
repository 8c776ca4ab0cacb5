/** Errors of the media engine; each says in a sentence what was wanted and why it could not be had. */

/** A session or recording could not be made. `isRetryable` is true when another moment or another port may help. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  /** The operating system's error code, such as EADDRINUSE, or null. */
  readonly code: string | null;

  constructor(message: string, code: string | null = null) {
    super(message);
    this.code = code;
  }

  get isRetryable(): boolean {
    return this.code === 'EADDRINUSE';
  }
}

/** Every pair of the RTP port range is taken. */
export class PortsExhaustedError extends Error {
  override readonly name = 'PortsExhaustedError';
  readonly isRetryable = true;
}

/** The worker thread of a session is gone, and the session with it. */
export class MediaWorkerDiedError extends Error {
  override readonly name = 'MediaWorkerDiedError';
  readonly isRetryable = false;
}

/** The system's error code of anything thrown, or null. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

export function errorSentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
