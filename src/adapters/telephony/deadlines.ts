/** How long each exchange with a server may take, all in milliseconds. */
export interface Deadlines {
  /** Until both links are up, at start. */
  readonly startMs: number;
  /** A control connection, from its first byte until drachtio has taken the secret. */
  readonly connectMs: number;
  /** Until a caller who has had no answer hears that it rings. */
  readonly ringingMs: number;
  /** A command on an event socket. */
  readonly commandMs: number;
  /** FreeSWITCH's answer to an INVITE, and drachtio's word that an answer has been sent. */
  readonly answerMs: number;
  /** BYE and other requests inside a dialog; RFC 3261 would allow 32 s. */
  readonly requestMs: number;
  /** A final answer after CANCEL, before the branch is given up. */
  readonly cancelMs: number;
  /** The caller's ACK: RFC 3261 section 13.3.1.4 waits 64*T1. */
  readonly ackMs: number;
  /** The buyer's channel has gone through its whisper; then the bridge itself. */
  readonly readyMs: number;
  readonly bridgeMs: number;
  /** RECORD_STOP after the command. */
  readonly recordingMs: number;
  /** Between two signs of life on a link, and how long one may take: together the longest that a hung server goes unnoticed. */
  readonly pingIntervalMs: number;
  readonly pongMs: number;
  /** How long a command waits for an event socket that is away. */
  readonly flapMs: number;
  /** How long calls outlive the loss of their media server's event socket, while nobody refuses it. */
  readonly linkLossMs: number;
  /** How long a call whose FreeSWITCH is gone waits for one that takes it; one that is started again is back in 2 to 4 s. */
  readonly restartMs: number;
  /** How long they talk on without drachtio, where nobody hears a BYE: the media server's own time-outs act meanwhile. */
  readonly drachtioLossMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  startMs: 10_000,
  connectMs: 4_000,
  ringingMs: 2_000,
  commandMs: 3_000,
  answerMs: 4_000,
  requestMs: 4_000,
  cancelMs: 3_000,
  ackMs: 33_000,
  readyMs: 60_000,
  bridgeMs: 3_000,
  recordingMs: 5_000,
  pingIntervalMs: 3_500,
  pongMs: 2_000,
  flapMs: 1_000,
  linkLossMs: 5_000,
  restartMs: 10_000,
  drachtioLossMs: 90_000,
};
