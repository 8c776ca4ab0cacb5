/**
 * The journal of one leg: what is needed to rebuild its dialog in another process (RFC 3261 section 12: Call-ID, both
 * tags, remote target, route set, CSeq) and the FreeSWITCH channel that carries its media. Written before the leg is used.
 */
export interface Leg {
  readonly legId: string;
  readonly callId: string;
  readonly side: 'a' | 'b';
  readonly targetId: string | null;
  readonly sipCallId: string;
  readonly localTag: string | null;
  readonly remoteTag: string | null;
  readonly localUri: string;
  readonly remoteUri: string;
  /** Remote target: the Contact of the far end. */
  readonly remoteContact: string | null;
  /** In the order in which Route headers are sent. */
  readonly routeSet: readonly string[];
  readonly localCseq: number;
  readonly localSdp: string | null;
  readonly remoteSdp: string | null;
  /** Channel UUID in FreeSWITCH. */
  readonly channelId: string;
  /** Which media server carries the channel. */
  readonly mediaServer: string;
  readonly state: 'setting-up' | 'up' | 'ended';
}
