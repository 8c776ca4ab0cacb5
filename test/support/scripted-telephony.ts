/**
 * The scripted engine: the telephony port without a socket. Legs do what a test tells them, on its virtual clock, and the
 * engine counts what is still up, so that every test can ask at its end whether anything was left behind.
 */

import type { InviteFacts } from '../../src/application/ports/invite-facts.js';
import type { Survey } from '../../src/application/ports/survey.js';
import type {
  AdoptCallerRequest,
  AdoptedCaller,
  AdoptedPair,
  AdoptPairRequest,
  AnswerOutcome,
  AttachOutcome,
  AttachRequest,
  CallerTreatment,
  DialOutcome,
  DialRequest,
  InboundCall,
  InboundHandler,
  Telephony,
} from '../../src/application/ports/telephony.js';
import type { HangupCause } from '../../src/domain/calls/hangup-cause.js';
import type { Leg } from '../../src/domain/calls/leg.js';
import { Deferred } from './deferred.js';
import { ScriptedBuyerLeg, ScriptedCallerLeg, type ScriptedLeg, scriptedLeg } from './scripted-leg.js';
import { ScriptedSurvivors } from './scripted-survivors.js';
import type { VirtualClock } from './virtual-clock.js';

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
      isPrivate: false,
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
    const row = scriptedLeg(treatment.callId, 'a', null, leg.legId);
    await onLeg(row);
    void onLeg({ ...row, state: 'up' });
    this.#engine.track(leg);
    this.#engine.tellAnswered(leg);
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
  /** Of targets that ring: makes them answer in the same turn. */
  readonly answers = new Map<string, () => void>();
  /** Targets that give no sign of ringing. */
  readonly silent = new Set<string>();
  mostDials = 0;
  readonly buyers: ScriptedBuyerLeg[] = [];
  readonly survivors = new ScriptedSurvivors();

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

  /** Called with each caller's leg before the flow sees it. */
  onAnswered(listener: (leg: ScriptedCallerLeg) => void): void {
    this.tellAnswered = listener;
  }

  tellAnswered: (leg: ScriptedCallerLeg) => void = () => undefined;

  track(leg: ScriptedLeg): void {
    this.#up.add(leg);
    void leg.ended.then(() => this.#up.delete(leg));
  }

  dial(request: DialRequest): Promise<DialOutcome> {
    this.dialled.push(request);
    const script = this.scripts.get(request.targetId ?? 'fallback') ?? { kind: 'answer', afterMs: 1_000 };
    const outcome = new Deferred<DialOutcome>();
    this.#pendingDials += 1;
    this.mostDials = Math.max(this.mostDials, this.#pendingDials);
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
    this.answers.set(request.targetId ?? 'fallback', () =>
      finish(this.#result(request, { kind: 'answer', afterMs: 0 })),
    );
    if (script.kind !== 'hang')
      stops.push(this.#clock.startTimer(script.afterMs, () => finish(this.#result(request, script))));
    void request
      .onLeg(scriptedLeg(request.callId, 'b', request.targetId, request.legId))
      .then(() => this.silent.has(request.targetId ?? 'fallback') || request.onRinging(180));
    if (request.signal.aborted) onAbort();
    return outcome.promise;
  }

  #result(request: DialRequest, script: Exclude<DialScript, { kind: 'hang' }>): DialOutcome {
    if (script.kind === 'fail')
      return { kind: 'failed', sipStatus: script.sipStatus, cause: script.cause, detail: 'scripted' };
    const leg = new ScriptedBuyerLeg(request.legId, request.whisperPath !== null || request.acceptPrompt !== null);
    void request.onLeg({ ...scriptedLeg(request.callId, 'b', request.targetId, request.legId), state: 'up' });
    this.track(leg);
    this.buyers.push(leg);
    return { kind: 'answered', leg };
  }

  /** What `attach` answers when it is not to succeed. */
  attachError: string | null = null;

  async attach({ listener, manner }: AttachRequest): Promise<AttachOutcome> {
    this.log.push(`attach ${manner}`);
    if (listener.hasEnded) return { kind: 'failed', detail: 'the listener has hung up' };
    return this.attachError === null ? { kind: 'attached' } : { kind: 'failed', detail: this.attachError };
  }

  async survey(): Promise<Survey> {
    return this.survivors.survey();
  }

  async adoptPair(request: AdoptPairRequest): Promise<AdoptedPair> {
    const refusal = this.survivors.adopt(request.caller, request.buyer);
    if (refusal !== null) return { kind: 'gone', detail: refusal };
    const caller = new ScriptedCallerLeg(request.caller.leg.legId, this.log);
    const buyer = new ScriptedBuyerLeg(request.buyer.leg.legId);
    this.track(caller);
    this.track(buyer);
    const bridge = await caller.bridge(buyer, request.afterwards);
    if (bridge.kind === 'failed') return { kind: 'gone', detail: bridge.detail };
    this.survivors.adopted.push({ caller, buyer });
    const isRecording = this.survivors.isRecording(request.caller.leg.channelId, request.recordPath);
    const gone = this.survivors.leftUnseen.has(request.caller.leg.callId);
    if (gone) caller.end();
    return { kind: 'adopted', caller, buyer, unbridged: bridge.unbridged, isRecording, leftUnseen: gone };
  }

  async adoptCaller(request: AdoptCallerRequest): Promise<AdoptedCaller> {
    const refusal = this.survivors.adopt(request.caller);
    if (refusal !== null) return { kind: 'gone', detail: refusal };
    const leg = new ScriptedCallerLeg(request.caller.leg.legId, this.log);
    this.track(leg);
    leg.greet();
    this.survivors.adopted.push({ caller: leg, buyer: null });
    const isRecording = this.survivors.isRecording(request.caller.leg.channelId, request.recordPath);
    return { kind: 'adopted', leg, isRecording };
  }

  async endLeg(leg: Leg, cause: HangupCause): Promise<void> {
    this.survivors.endLeg(leg, cause);
  }

  async endChannel(channelId: string, _mediaServer: string, cause: HangupCause): Promise<void> {
    this.survivors.endChannel(channelId, cause);
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
