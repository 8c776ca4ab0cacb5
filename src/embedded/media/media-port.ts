/**
 * What the FreeSWITCH half of the embedded switch asks of the media engine. The engine runs in worker threads, so every
 * command is asynchronous and every fact comes back as an event. Nothing here knows SIP or the event socket.
 */

/** G.711 by its RTP payload type (RFC 3551): 0 is mu-law, 8 is A-law. */
export type G711PayloadType = 0 | 8;

/** Where a session sends to and what it speaks; taken from the peer's SDP. */
export interface RemoteMedia {
  readonly address: string;
  readonly port: number;
  readonly payloadType: G711PayloadType;
  /** RFC 4733 payload type that the peer understands, or null when it has none. */
  readonly telephoneEventPayloadType: number | null;
  /** The one our own SDP offered, on which the peer sends events; the same number when absent. */
  readonly receiveTelephoneEventPayloadType?: number;
  /** Packet time towards the peer in ms; 20 unless the SDP said otherwise. */
  readonly ptimeMs: number;
  /** Whether we may send and whether we expect to receive (RFC 3264 section 6.1). */
  readonly send: boolean;
  readonly receive: boolean;
}

/** What a tap hears and where it speaks, in the words of the session that is listened to. */
export interface TapManner {
  readonly hearsReceived: boolean;
  readonly hearsSent: boolean;
  /** The listener's voice goes out to the far end of the session. */
  readonly speaksToFarEnd: boolean;
  /** It is mixed into what the session receives, and so reaches whoever it is bridged with, and its recordings. */
  readonly speaksToPeer: boolean;
}

/** One thing to play. A stream that cannot be opened ends at once with `ok: false`. */
export type PlaySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'silence'; readonly durationMs: number }
  /** Sum of sine waves; `onMs`/`offMs` cadence; `loops` 0 means without end. */
  | {
      readonly kind: 'tone';
      readonly frequenciesHz: readonly number[];
      readonly onMs: number;
      readonly offMs: number;
      readonly loops: number;
      readonly levelDb: number;
    }
  /** What another session of the same thread receives and sends, without end; see tap.ts. */
  | { readonly kind: 'tap'; readonly sessionId: string; readonly manner: TapManner };

export interface PlayRequest {
  readonly source: PlaySource;
  /** How often it is played; 0 means until stopped. There is no gap between two rounds. */
  readonly plays: number;
}

export type PlayEnd = 'done' | 'stopped' | 'failed';

export interface RecordRequest {
  readonly path: string;
  /** Stereo: left is what the session receives, right is what it sends. Mono: their sum, or what it receives only. */
  readonly channels: 'stereo' | 'mono-mixed' | 'mono-received';
  /** Longest length in ms; 0 means without limit. */
  readonly limitMs: number;
  /** Ends after this many ms of silence (voicemail); 0 means never. */
  readonly silenceEndMs: number;
  /** Until something is heard it ends after so many ms of silence instead; absent: `silenceEndMs` holds from the beginning. */
  readonly initialSilenceEndMs?: number;
  /** Mean absolute sample value below which 20 ms count as silence; 200, FreeSWITCH's own, when absent. */
  readonly silenceThreshold?: number;
}

export interface RecordEnd {
  readonly path: string;
  readonly durationMs: number;
  readonly samples: number;
  /** Why it ended. `error` carries the operating system's sentence, for example a full disk. */
  readonly reason: 'stopped' | 'limit' | 'silence' | 'closed' | 'error';
  /** Nothing but silence was heard; only told of one with `initialSilenceEndMs`. */
  readonly isSilent?: boolean;
  readonly error: string | null;
}

export type MediaEvent =
  | { readonly type: 'dtmf'; readonly sessionId: string; readonly digit: string; readonly durationMs: number }
  | {
      readonly type: 'play-end';
      readonly sessionId: string;
      readonly playId: number;
      readonly end: PlayEnd;
      readonly playedMs: number;
    }
  | { readonly type: 'record-end'; readonly sessionId: string; readonly end: RecordEnd }
  /** Nothing was received for the session's media time-out. */
  | { readonly type: 'media-timeout'; readonly sessionId: string };

export interface MediaStats {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  /** Datagrams that were no RTP of the session's peer: malformed, of another payload type or from another source. */
  readonly packetsIgnored: number;
  readonly jitterMs: number;
}

export interface MediaSession {
  readonly id: string;
  readonly address: string;
  /** Local RTP port, even; RTCP is the port above it. */
  readonly rtpPort: number;
  setRemote(remote: RemoteMedia): Promise<void>;
  /** Milliseconds without any received packet before `media-timeout`; 0 turns it off. */
  setMediaTimeout(timeoutMs: number): void;
  /** Starts to play, in place of whatever plays now. Answers the playId that its `play-end` will carry. */
  play(request: PlayRequest): number;
  stopPlay(): void;
  sendDtmf(digits: string, durationMs: number): void;
  startRecording(request: RecordRequest): Promise<{ ok: true } | { ok: false; error: string }>;
  stopRecording(path: string): Promise<RecordEnd | null>;
  maskRecording(path: string, masked: boolean): Promise<boolean>;
  /** Sends what the other receives and the reverse, until `unbridge` or until either closes. */
  bridge(other: MediaSession): void;
  unbridge(): void;
  stats(): Promise<MediaStats>;
  /** Frees both ports and ends play and recordings; their events still come. Safe to call twice. */
  close(): Promise<void>;
}

export interface MediaEngine {
  createSession(options: { readonly address: string }): Promise<MediaSession>;
  onEvent(listener: (event: MediaEvent) => void): void;
  /**
   * A worker thread died, or a bug struck one session: these legs have no media any more. The ends of their plays and
   * recordings have come as events before. A new thread serves new sessions; the lost ones are still to be closed.
   */
  onFailure(listener: (error: Error, sessionIds: readonly string[]) => void): void;
  sessionCount(): number;
  close(): Promise<void>;
}
