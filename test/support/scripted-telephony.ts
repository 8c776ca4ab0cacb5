/**
 * The scripted engine: the telephony port without a socket. Legs do what a test tells them, on its virtual clock, and the
 * engine counts what is still up, so that every test can ask at its end whether anything was left behind.
 */
import type {
  AnswerOutcome,
  BridgeOutcome,
  BuyerLeg,
  CallerLeg,
  CallerTreatment,
  DialOutcome,
  DialRequest,
  InboundCall,
  InboundHandler,
  InviteFacts,
  LegEnd,
  RecordingEnd,
  RecordingOutcome,
  Telephony,
  VoicemailOutcome,
  VoicemailRequest,
} from '../../src/application/ports/telephony.js';
import type { HangupCause } from '../../src/domain/hangup-cause.js';
import type { Leg } from '../../src/domain/leg.js';
import { Deferred } from './deferred.js';
import type { VirtualClock } from './virtual-clock.js';

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
    state: 'setting-up',
  };
}

class ScriptedLeg {
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

export class ScriptedBuyerLeg extends ScriptedLeg implements BuyerLeg {}

export class ScriptedCallerLeg extends ScriptedLeg implements CallerLeg {
  readonly mediaServer = 'scripted';
  readonly #greeted = new Deferred<void>();
  readonly #log: string[];
  recordingError: string | null = null;
  bridgeError: string | null = null;
  voicemailMs = 5_000;
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

  async setAfterBridge(afterwards: 'hold' | 'ending'): Promise<void> {
    this.#log.push(`after bridge ${afterwards}`);
  }

  async playMessage(path: string): Promise<LegEnd> {
    this.#log.push(`message ${path}`);
    if (this.endsAfterMessages) this.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
    return await this.ended;
  }

  async takeVoicemail(request: VoicemailRequest): Promise<VoicemailOutcome> {
    this.#log.push(`voicemail ${request.limitMs}`);
    return { end: await this.ended, durationMs: this.voicemailMs };
  }

  async startRecording(_path: string): Promise<RecordingOutcome> {
    this.#log.push('record start');
    return this.recordingError === null ? { ok: true } : { ok: false, error: this.recordingError };
  }

  async stopRecording(_path: string): Promise<RecordingEnd> {
    this.#log.push('record stop');
    return { durationMs: 1_000, failure: null };
  }

  async maskRecording(_path: string, masked: boolean): Promise<void> {
    this.#log.push(masked ? 'mask' : 'unmask');
  }

  async sendDtmf(digits: string): Promise<void> {
    this.#log.push(`dtmf ${digits.length}`);
  }
}

/** What a dialled target does: after `afterMs` of ringing it answers or fails. `hang` never does anything. */
export type DialScript =
  | { readonly kind: 'answer'; readonly afterMs: number }
  | { readonly kind: 'fail'; readonly afterMs: number; readonly sipStatus: number; readonly cause: HangupCause }
  | { readonly kind: 'hang' };

export class ScriptedCall implements InboundCall {
  readonly facts: InviteFacts;
  readonly #cancel = new AbortController();
  readonly #engine: ScriptedTelephony;
  readonly answeredLeg = new Deferred<ScriptedCallerLeg>();
  answerOutcome: Exclude<AnswerOutcome, { kind: 'answered' }> | null = null;
  treatment: CallerTreatment | null = null;
  rejectedWith: number | null = null;
  isIgnored = false;

  constructor(engine: ScriptedTelephony, facts: Partial<InviteFacts>) {
    this.#engine = engine;
    this.facts = {
      sipCallId: 'call-1@caller',
      sourceAddress: '192.0.2.10',
      sourcePort: 5060,
      transport: 'udp',
      calledUser: '+12025550100',
      callerUser: '+13105550123',
      callerName: null,
      verstat: null,
      hasOffer: true,
      ...facts,
    };
  }

  get cancelled(): AbortSignal {
    return this.#cancel.signal;
  }

  cancel(): void {
    this.#cancel.abort();
  }

  reject(sipStatus: number): void {
    this.rejectedWith = sipStatus;
  }

  ignore(): void {
    this.isIgnored = true;
  }

  async answer(treatment: CallerTreatment, onLeg: (leg: Leg) => Promise<void>): Promise<AnswerOutcome> {
    this.treatment = treatment;
    if (this.answerOutcome !== null) return this.answerOutcome;
    if (this.cancelled.aborted)
      return { kind: 'gone', end: { by: 'far-end', cause: 'ORIGINATOR_CANCEL', sipStatus: 487 } };
    const leg = new ScriptedCallerLeg(`a-${treatment.callId}`, this.#engine.log);
    await onLeg(scriptedLeg(treatment.callId, 'a', null, leg.legId));
    this.#engine.track(leg);
    this.answeredLeg.resolve(leg);
    return { kind: 'answered', leg };
  }
}

export class ScriptedTelephony implements Telephony {
  readonly #clock: VirtualClock;
  readonly #up = new Set<ScriptedLeg>();
  #handler: InboundHandler | null = null;
  #pendingDials = 0;
  readonly log: string[] = [];
  readonly dialled: DialRequest[] = [];
  readonly scripts = new Map<string, DialScript>();
  readonly buyers: ScriptedBuyerLeg[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  onInboundCall(handler: InboundHandler): void {
    this.#handler = handler;
  }

  /** Delivers an INVITE; the promise settles when the flow has closed the call. */
  receive(call: ScriptedCall): Promise<void> {
    if (this.#handler === null) throw new Error('no handler is registered');
    return this.#handler(call);
  }

  track(leg: ScriptedLeg): void {
    this.#up.add(leg);
    void leg.ended.then(() => this.#up.delete(leg));
  }

  dial(request: DialRequest): Promise<DialOutcome> {
    this.dialled.push(request);
    const script = this.scripts.get(request.targetId ?? 'fallback') ?? { kind: 'answer', afterMs: 1_000 };
    const outcome = new Deferred<DialOutcome>();
    this.#pendingDials += 1;
    const stops: (() => void)[] = [];
    const finish = (result: DialOutcome): void => {
      if (outcome.isSettled) return;
      this.#pendingDials -= 1;
      for (const stop of stops) stop();
      outcome.resolve(result);
    };
    const onAbort = (): void => finish({ kind: 'cancelled' });
    request.signal.addEventListener('abort', onAbort, { once: true });
    stops.push(() => request.signal.removeEventListener('abort', onAbort));
    stops.push(this.#clock.startTimer(request.ringTimeoutMs, () => finish({ kind: 'no-answer' })));
    if (script.kind !== 'hang')
      stops.push(this.#clock.startTimer(script.afterMs, () => finish(this.#result(request, script))));
    void request
      .onLeg(scriptedLeg(request.callId, 'b', request.targetId, request.legId))
      .then(() => request.onRinging(180));
    if (request.signal.aborted) onAbort();
    return outcome.promise;
  }

  #result(request: DialRequest, script: Exclude<DialScript, { kind: 'hang' }>): DialOutcome {
    if (script.kind === 'fail')
      return { kind: 'failed', sipStatus: script.sipStatus, cause: script.cause, detail: 'scripted' };
    const leg = new ScriptedBuyerLeg(request.legId);
    this.track(leg);
    this.buyers.push(leg);
    return { kind: 'answered', leg };
  }

  counts(): ReturnType<Telephony['counts']> {
    const legs = [...this.#up];
    const callerLegs = legs.filter((leg) => leg instanceof ScriptedCallerLeg).length;
    return {
      callerLegs,
      buyerLegs: legs.length - callerLegs,
      dialogs: legs.length,
      pendingCommands: this.#pendingDials,
    };
  }
}
