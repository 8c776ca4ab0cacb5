/** The legs of the scripted engine: what a test tells them happens, and what the flow asks of them stands in the engine's log. */
import type {
  Listened,
  ListenRequest,
  PlayRequest,
  VoicemailRequest,
} from '../../src/application/ports/caller-sound.js';
import type { FaxReception, FaxRequest } from '../../src/application/ports/fax-reception.js';
import type {
  BridgeOutcome,
  BuyerLeg,
  CallerLeg,
  LegEnd,
  LegMove,
  RecordingEnd,
  RecordingOutcome,
  VoicemailOutcome,
} from '../../src/application/ports/telephony.js';
import type { HangupCause } from '../../src/domain/calls/hangup-cause.js';
import type { Leg } from '../../src/domain/calls/leg.js';
import { Deferred } from './deferred.js';

const FAR_END: LegEnd = { by: 'far-end', cause: 'NORMAL_CLEARING', sipStatus: 200 };

export function scriptedLeg(callId: string, side: 'a' | 'b', targetId: string | null, legId: string): Leg {
  return {
    legId,
    callId,
    side,
    targetId,
    sipCallId: `${legId}@scripted`,
    localTag: 'l',
    remoteTag: 'r',
    localUri: 'sip:us@127.0.0.1',
    remoteUri: 'sip:them@127.0.0.1',
    remoteContact: null,
    routeSet: [],
    localCseq: 1,
    localSdp: null,
    remoteSdp: null,
    channelId: `channel-${legId}`,
    mediaServer: 'scripted',
    dialogId: null,
    inviteId: null,
    mediaDialog: null,
    state: 'setting-up',
  };
}

export class ScriptedLeg {
  readonly legId: string;
  readonly channelId: string;
  readonly #end = new Deferred<LegEnd>();
  readonly #dtmf: ((digit: string) => void)[] = [];
  hasEnded = false;

  constructor(legId: string) {
    this.legId = legId;
    this.channelId = `channel-${legId}`;
  }

  get ended(): Promise<LegEnd> {
    return this.#end.promise;
  }

  readonly onDtmf = (listener: (digit: string) => void): void => void this.#dtmf.push(listener);

  press(digit: string): void {
    for (const listener of this.#dtmf) listener(digit);
  }

  end(end: LegEnd = FAR_END): void {
    this.hasEnded = true;
    this.#end.resolve(end);
  }

  async hangup(cause: HangupCause): Promise<void> {
    if (!this.hasEnded) this.end({ by: 'us', cause, sipStatus: 200 });
  }
}

export class ScriptedBuyerLeg extends ScriptedLeg implements BuyerLeg {
  readonly #said = new Deferred<void>();

  constructor(legId: string, isHearing = false) {
    super(legId);
    if (!isHearing) this.#said.resolve();
  }

  get ready(): Promise<void> {
    return this.#said.promise;
  }

  /** What it was told to leave, and after what silence. */
  readonly messages: (readonly [path: string, afterMs: number])[] = [];
  onMessage: () => void = () => undefined;

  async leaveMessage(path: string, afterMs: number): Promise<LegEnd> {
    this.messages.push([path, afterMs]);
    this.onMessage();
    return await this.ended;
  }

  /** Whisper and prompt are over. */
  hearOut(): void {
    this.#said.resolve();
  }
}

export class ScriptedCallerLeg extends ScriptedLeg implements CallerLeg {
  /** Moves the leg, as the adapter would have. */
  moved: (move: LegMove) => void = () => undefined;
  readonly mediaServer = 'scripted';
  readonly #greeted = new Deferred<void>();
  readonly #log: string[];
  recordingError: string | null = null;
  bridgeError: string | null = null;
  voicemailGreeting: string | null = null;
  voicemailMs: number | null = 5_000;
  fax: FaxReception = null;
  playsLast = false;
  /** What follows each prompt, in ms. */
  readonly silences: number[] = [];
  finishPlay: () => void = () => undefined;
  /** When true the dialplan's ending message ends the leg by itself. */
  endsAfterMessages = true;

  constructor(legId: string, log: string[]) {
    super(legId);
    this.#log = log;
    void this.ended.then(() => this.greet());
  }

  get greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  greet(): void {
    this.#greeted.resolve();
  }

  async bridge(buyer: ScriptedBuyerLeg, afterwards: 'hold' | 'ending'): Promise<BridgeOutcome> {
    this.#log.push(`bridge, afterwards ${afterwards}`);
    if (this.bridgeError !== null) return { kind: 'failed', detail: this.bridgeError };
    const unbridged = Promise.race([
      this.ended.then((end) => (end.by === 'us' ? ('system' as const) : ('caller' as const))),
      buyer.ended.then((end) => (end.by === 'us' ? ('system' as const) : ('buyer' as const))),
    ]);
    return { kind: 'bridged', unbridged };
  }

  partError: string | null = null;

  async part(): Promise<void> {
    this.#log.push('part');
    if (this.partError !== null) throw new Error(this.partError);
    this.greet();
  }

  onMoved(listener: (move: LegMove) => void): void {
    this.moved = listener;
  }

  async setAfterBridge(afterwards: 'hold' | 'ending'): Promise<void> {
    this.#log.push(`after bridge ${afterwards}`);
  }

  /** Plays are over at once, unless a test has them last; a key that may cut one short ends it in any case. */
  async play({ path, isCutByKeys, silenceMs }: PlayRequest): Promise<void> {
    this.#log.push(`play ${path ?? 'nothing'}`);
    this.silences.push(silenceMs);
    const lasting = new Deferred<void>();
    if (!this.playsLast) lasting.resolve();
    else if (isCutByKeys) this.onDtmf(() => lasting.resolve());
    this.finishPlay = () => lasting.resolve();
    await Promise.race([lasting.promise, this.ended]);
  }

  /** Ends what is listened to, as FreeSWITCH would. */
  finishListening: (listened: Listened) => void = () => undefined;
  readonly listened: ListenRequest[] = [];

  async listen(request: ListenRequest): Promise<Listened> {
    this.#log.push('listen');
    this.listened.push(request);
    const { signal } = request;
    if (signal.aborted) return { kind: 'stopped' };
    const over = new Deferred<Listened>();
    this.finishListening = (listened) => over.resolve(listened);
    signal.addEventListener('abort', () => over.resolve({ kind: 'stopped' }), { once: true });
    return await Promise.race([over.promise, this.ended.then(() => ({ kind: 'stopped' }) as const)]);
  }

  async hold(hearsKeys = false): Promise<void> {
    this.#log.push(hearsKeys ? 'hold, listening' : 'hold');
  }

  async playMessage(path: string): Promise<LegEnd> {
    this.#log.push(`message ${path}`);
    if (this.endsAfterMessages) this.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
    return await this.ended;
  }

  async takeVoicemail(request: VoicemailRequest): Promise<VoicemailOutcome> {
    this.voicemailGreeting = request.greetingPath;
    this.#log.push(`voicemail ${request.limitMs}`);
    return { end: await this.ended, durationMs: this.voicemailMs };
  }

  async receiveFax({ path }: FaxRequest): Promise<FaxReception> {
    this.#log.push(`fax into ${path}`);
    await this.ended;
    return this.fax;
  }

  async startRecording(_path: string): Promise<RecordingOutcome> {
    this.#log.push('record start');
    return this.recordingError === null ? { ok: true } : { ok: false, error: this.recordingError };
  }

  async stopRecording(_path: string): Promise<RecordingEnd> {
    this.#log.push('record stop');
    return { durationMs: 1_000, failure: null, isWhole: true };
  }

  async maskRecording(_path: string, masked: boolean): Promise<void> {
    this.#log.push(masked ? 'mask' : 'unmask');
  }

  async sendDtmf(digits: string): Promise<void> {
    this.#log.push(`dtmf ${digits.length}`);
  }
}
