/**
 * What the flow asks of SIP signalling and media. One adapter implements it over drachtio and FreeSWITCH; the scripted
 * engine of the tests implements it without a socket. Every promise settles within a deadline of the adapter's own.
 */
import type { HangupCause } from '../../domain/calls/hangup-cause.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { MonitorManner } from '../../domain/calls/monitor.js';
import type { DigestCredentials, Gateway, MediaPolicy, SessionTimer } from '../../domain/trunks/trunk.js';
import type { Listened, ListenRequest, PlayRequest, VoicemailRequest } from './caller-sound.js';
import type { FaxReception, FaxRequest } from './fax-reception.js';
import type { InviteFacts } from './invite-facts.js';
import type { Survey } from './survey.js';

/** How a leg ended. `detail` says what the cause does not, as a clause of ours; for `silentMs` before, nobody had heard anything. */
export interface LegEnd {
  readonly by: 'far-end' | 'us' | 'media-server' | 'link';
  readonly cause: HangupCause;
  readonly sipStatus: number;
  readonly detail?: string;
  readonly silentMs?: number;
}

/** What rides with the caller's INVITE into the dialplan, so that it goes on when the app is gone. */
export interface CallerTreatment {
  readonly callId: string;
  readonly consentPath: string | null;
  readonly greetingPath: string | null;
  readonly holdMusicPath: string;
  /** How often the music is played before the caller is sent to the apology. */
  readonly holdLoops: number;
  readonly apologyPath: string | null;
  readonly endingPath: string | null;
  /** Stereo recording from the answer on; null for none. */
  readonly recordPath: string | null;
  readonly mediaTimeoutMs: number;
  /** Silence behind the greeting, in which `play` is expected before the music; absent for none. */
  readonly flowWaitMs?: number;
  /** What the caller's trunk may negotiate; absent for no restriction. */
  readonly media?: MediaPolicy;
  /** Only a media server that can receive faxes takes him; else the outcome is `no-media` with 488. */
  readonly needsFax?: boolean;
}

export type AnswerOutcome =
  | { readonly kind: 'answered'; readonly leg: CallerLeg }
  /** CANCEL, a BYE that crossed the answer, or no ACK. */
  | { readonly kind: 'gone'; readonly end: LegEnd }
  /** No media server could take the leg; nothing has been answered to the caller yet. */
  | { readonly kind: 'no-media'; readonly sipStatus: number; readonly detail: string };

export interface InboundCall {
  readonly facts: InviteFacts;
  /** Aborted when the caller cancels before the answer. */
  readonly cancelled: AbortSignal;
  /** A final answer; does nothing once one was sent. `retryAfterSeconds` goes with 503 only (RFC 3261 section 20.33). */
  reject(sipStatus: number, reason: string, retryAfterSeconds?: number): void;
  /** No answer at all: whoever sent it must not learn that anything is here. */
  ignore(): void;
  /** `onLeg` journals the leg and is awaited before the 200 OK is sent; it is called again with each change until the leg has ended. */
  answer(treatment: CallerTreatment, onLeg: (leg: Leg) => Promise<void>): Promise<AnswerOutcome>;
}

export type RecordingOutcome = { readonly ok: true } | { readonly ok: false; readonly error: string };

export interface RecordingEnd {
  readonly durationMs: number | null;
  readonly failure: string | null;
  /** All of it is in one file: no part of it was written after its leg was moved. False when that is not known. */
  readonly isWhole: boolean;
}

/** A leg whose media server has gone goes on upon another, or on the same one, started again. */
export interface LegMove {
  readonly from: string;
  readonly to: string;
  /** From the moment at which the loss was noticed. */
  readonly gapMs: number;
}

export interface CallerLeg {
  readonly legId: string;
  readonly channelId: string;
  readonly mediaServer: string;
  /** Settles once, with how the leg ended; a hang-up by the caller settles it too. Never rejects. */
  readonly ended: Promise<LegEnd>;
  readonly hasEnded: boolean;
  /** Settles when consent announcement and greeting have been played and he hears music or a flow, or the leg has ended. Never rejects. */
  readonly greeted: Promise<void>;
  readonly onDtmf: (listener: (digit: string) => void) => void;
  /**
   * Joins the two legs and settles on the media server's own word that they are joined, not on its reply to the command.
   * `afterwards` is what the caller hears when the buyer leaves first.
   */
  bridge(buyer: BuyerLeg, afterwards: 'hold' | 'ending'): Promise<BridgeOutcome>;
  /** Parts it from a leg that it is joined to: the caller hears music, the other one rings, and both may be joined again. Rejects when it cannot. */
  part(partner: BuyerLeg): Promise<void>;
  /** One listener; told of each move, when the leg, and its bridge, stand again. */
  onMoved(listener: (move: LegMove) => void): void;
  /** What follows when the buyer leaves first: `ending`, or `hold` while he may be replaced. */
  setAfterBridge(afterwards: 'hold' | 'ending'): Promise<void>;
  /** A file in place of the music, then silence, then music again. Settles when the file is over or cut short, or the leg has ended. Never rejects. */
  play(request: PlayRequest): Promise<void>;
  /** Takes down what he says, while `play` goes on. Settles when he pauses, or the signal or the leg ends it; no file is made after that. Never rejects. */
  listen(request: ListenRequest): Promise<Listened>;
  /** Back to the music, from its beginning. With `hearsKeys` keys are heard over it, for twelve times its length. Never rejects. */
  hold(hearsKeys?: boolean): Promise<void>;
  /** Plays a file in place of the music, then hangs up; settles when the leg has ended. */
  playMessage(path: string): Promise<LegEnd>;
  /** Greeting, tone, recording; settles when the leg has ended. */
  takeVoicemail(request: VoicemailRequest): Promise<VoicemailOutcome>;
  /** Settles when the leg has ended. Never rejects. */
  receiveFax(request: FaxRequest): Promise<FaxReception>;
  /** `lasts` goes on when the pair parts to `hold`, as one that began with the answer does. */
  startRecording(path: string, lasts?: boolean): Promise<RecordingOutcome>;
  stopRecording(path: string): Promise<RecordingEnd>;
  /** Settles with the end of a recording that the media server ended by itself. */
  maskRecording(path: string, masked: boolean): Promise<void>;
  sendDtmf(digits: string): Promise<void>;
  /** Idempotent; settles when the far end is told and the channel is gone, at the latest by the adapter's deadline. */
  hangup(cause: HangupCause): Promise<void>;
}

export interface VoicemailOutcome {
  readonly end: LegEnd;
  /** 0 when the caller left before the tone; null when nobody can say, since the media server was lost. */
  readonly durationMs: number | null;
}

export type BridgeOutcome =
  | {
      readonly kind: 'bridged';
      /** Settles when the two are no longer joined: which side left first. Never rejects. */
      readonly unbridged: Promise<'caller' | 'buyer' | 'system'>;
    }
  | { readonly kind: 'failed'; readonly detail: string };

export type DialAddress =
  | {
      readonly kind: 'gateway';
      readonly gateway: Gateway;
      readonly number: string;
      readonly credentials: DigestCredentials | null;
    }
  | { readonly kind: 'uri'; readonly uri: string };

/** What tells the buyer which key takes the call. */
export interface AcceptPrompt {
  readonly path: string;
  readonly digit: string;
}

export interface DialRequest {
  readonly callId: string;
  readonly legId: string;
  readonly targetId: string | null;
  readonly address: DialAddress;
  /** User part and display name of From. */
  readonly fromUser: string;
  readonly fromName: string | null;
  /** E.164 for P-Asserted-Identity and Diversion, null for none. */
  readonly assertedIdentity: string | null;
  readonly diversion: string | null;
  readonly ringTimeoutMs: number;
  readonly whisperPath: string | null;
  /** Played after the whisper and cut by its key; null for none. */
  readonly acceptPrompt: AcceptPrompt | null;
  readonly mediaTimeoutMs: number;
  /** Where the caller's channel lies: both legs of a bridge must be on the same media server. */
  readonly mediaServer: string;
  /** Aborting cancels the branch (CANCEL with Reason, RFC 3326) or ends it when it has just answered. */
  readonly signal: AbortSignal;
  /**
   * Called before the INVITE goes out, when it is out, and with each change of the leg until it has ended. Awaited before the INVITE, and before
   * the buyer is acknowledged: with a leg that is up.
   */
  readonly onLeg: (leg: Leg) => Promise<void>;
  readonly onRinging: (sipStatus: number) => void;
  /** What the trunk asks of its INVITEs; absent for a buyer's own URI. */
  readonly terms?: DialTerms;
  /** The caller's number is asserted to the trunk and withheld from the buyer (RFC 3323, RFC 3325). */
  readonly isPrivate?: boolean;
}

export interface DialTerms {
  readonly media: MediaPolicy;
  /** No provisional answer for so long fails the dial with 408; null waits for the ring time-out. */
  readonly silentAfterMs: number | null;
  /** Whether the gateway answers OPTIONS: then one that answers while an INVITE is out is not taken for silent. */
  readonly answersOptions: boolean;
  readonly sessionTimer: SessionTimer | null;
}

export type DialOutcome =
  | { readonly kind: 'answered'; readonly leg: BuyerLeg }
  | { readonly kind: 'failed'; readonly sipStatus: number; readonly cause: HangupCause; readonly detail: string }
  | { readonly kind: 'no-answer' }
  | { readonly kind: 'cancelled' };

export interface BuyerLeg {
  readonly legId: string;
  readonly channelId: string;
  /** He has heard what he is to hear before the bridge. Rejects when he never does. */
  readonly ready: Promise<void>;
  readonly ended: Promise<LegEnd>;
  readonly hasEnded: boolean;
  readonly onDtmf: (listener: (digit: string) => void) => void;
  /** `afterMs` of silence, the file, and the hang-up; settles when the leg has ended. Never rejects. */
  leaveMessage(path: string, afterMs: number): Promise<LegEnd>;
  hangup(cause: HangupCause): Promise<void>;
}

/** A leg of the journal that is taken over. `onLeg` journals it from now on; it is not awaited and may reject. */
export interface AdoptedLegRequest {
  readonly leg: Leg;
  readonly onLeg: (leg: Leg) => Promise<void>;
}

export interface AdoptPairRequest {
  readonly caller: AdoptedLegRequest;
  readonly buyer: AdoptedLegRequest;
  /** A recording of the pair; whether it still runs is asked for. Null for none. */
  readonly recordPath: string | null;
  /** Whether the recording began with the answer, and so goes on when the pair parts to `hold`. */
  readonly isRecordedFromAnswer: boolean;
  /** What follows when the buyer leaves first. */
  readonly afterwards: 'hold' | 'ending';
}

export type AdoptedPair =
  | {
      readonly kind: 'adopted';
      readonly caller: CallerLeg;
      readonly buyer: BuyerLeg;
      /** Settles when the two are no longer joined: which side left first. Never rejects. */
      readonly unbridged: Promise<'caller' | 'buyer' | 'system'>;
      /** The recording of `recordPath` still runs, and `stopRecording` of the caller's leg ends it. */
      readonly isRecording: boolean;
      /** One of the two had hung up before, nobody knows when; `unbridged` says which. */
      readonly leftUnseen: boolean;
    }
  /** They no longer talk; what is left of both legs has been ended. */
  | { readonly kind: 'gone'; readonly detail: string };

export interface AdoptCallerRequest {
  readonly caller: AdoptedLegRequest;
  /** Recorded since the answer, or a voicemail; null for none. Unless he waits, nothing of his can be begun again elsewhere. */
  readonly recordPath: string | null;
  readonly isWaiting: boolean;
}

export type AdoptedCaller =
  | { readonly kind: 'adopted'; readonly leg: CallerLeg; readonly isRecording: boolean }
  /** What is left of the leg has been ended. */
  | { readonly kind: 'gone'; readonly detail: string };

/** `listener` is a leg that was dialled for it; he hears caller and partner, who are joined. */
export interface AttachRequest {
  readonly caller: CallerLeg;
  readonly partner: BuyerLeg;
  readonly listener: BuyerLeg;
  readonly manner: MonitorManner;
}

/** He is hung up when either of the two leaves. */
export type AttachOutcome = { readonly kind: 'attached' } | { readonly kind: 'failed'; readonly detail: string };

export type InboundHandler = (inbound: InboundCall) => Promise<void>;

export interface Telephony {
  /** Called once, before `start`. A handler that rejects is a bug: the adapter answers 500 and goes on. */
  onInboundCall(handler: InboundHandler): void;
  dial(request: DialRequest): Promise<DialOutcome>;
  /** Lets a third leg listen to two that are joined, and speak as the manner says; asked again it changes the manner. Never rejects. */
  attach(request: AttachRequest): Promise<AttachOutcome>;
  /** Asked for once both links are up. Never rejects. */
  survey(): Promise<Survey>;
  /** Takes over two legs that talk, with audio going on: both dialogs of each are rebuilt by re-INVITE. Never rejects. */
  adoptPair(request: AdoptPairRequest): Promise<AdoptedPair>;
  /** Takes over a caller who waits, or hears an ending or a message. Never rejects. */
  adoptCaller(request: AdoptCallerRequest): Promise<AdoptedCaller>;
  /** Ends what is left of a leg that is not adopted: BYE, or CANCEL, to the far end and the end of its channel. Harmless when repeated. Never rejects. */
  endLeg(leg: Leg, cause: HangupCause): Promise<void>;
  /** Ends a channel of ours that no journal knows. Never rejects. */
  endChannel(channelId: string, mediaServer: string, cause: HangupCause): Promise<void>;
  /** What is up now, for readiness and for the leak check. */
  counts(): {
    readonly callerLegs: number;
    readonly buyerLegs: number;
    readonly dialogs: number;
    readonly pendingCommands: number;
  };
}
