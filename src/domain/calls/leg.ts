/**
 * The journal of one leg: what is needed to rebuild both its dialogs in another process (RFC 3261 section 12: Call-ID, both
 * tags, remote target, route set, CSeq) and the FreeSWITCH channel that carries its media. Written before the leg is used,
 * and again with each change: a re-INVITE moves CSeq, remote target and SDP.
 */

/** The dialog between us and FreeSWITCH. Its SDPs are those of the far end's dialog, the other way round. */
export interface MediaDialog {
  readonly dialogId: string;
  readonly sipCallId: string;
  readonly localTag: string | null;
  readonly remoteTag: string | null;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly remoteContact: string | null;
  readonly routeSet: readonly string[];
  readonly localCseq: number;
}

/** Unless said otherwise the fields are those of the dialog with the far end. */
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
  /** drachtio's name for the dialog; null before there is one. */
  readonly dialogId: string | null;
  /** drachtio's name for the INVITE to a buyer, by which any connection may cancel it; null before it is out, once he has answered, and for callers. */
  readonly inviteId: string | null;
  /** Null in the journals of releases that did not keep it. */
  readonly mediaDialog: MediaDialog | null;
  readonly state: 'setting-up' | 'up' | 'ended';
}
