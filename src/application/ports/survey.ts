/** What the media servers carry, as whoever takes calls over holds it against the journal. */

/** A channel that a media server carries now. */
export interface SurvivingChannel {
  readonly channelId: string;
  readonly mediaServer: string;
  readonly isAnswered: boolean;
  /** The channel that it is joined to. */
  readonly bridgedTo: string | null;
  /** Null for a channel that is none of ours. */
  readonly callId: string | null;
  readonly role: 'caller' | 'buyer' | null;
  /** Epoch milliseconds on the media server's wall clock. */
  readonly answeredAtMs: number | null;
  readonly bridgedAtMs: number | null;
  /** What the dialplan carries out now, such as `loop_playback`; empty for nothing. */
  readonly application: string;
  /** Files that it is recording into. */
  readonly recordingPaths: readonly string[];
}

/** What the media servers carry. The channels of a server that does not answer are unknown, not gone. */
export interface Survey {
  /** By channel id. */
  readonly channels: ReadonlyMap<string, SurvivingChannel>;
  /** Names of the servers that did not answer. */
  readonly unreachable: readonly string[];
}
