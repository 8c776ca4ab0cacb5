/**
 * Carries one call on from where an earlier process left it, with the same verbs that would have served it there, and answers
 * with how it ended. Called within the call's frame by adopt-calls.ts.
 */
import { assertNever } from '../../domain/assert-never.js';
import { type Agreement, agreementWith, type Continuation, type ForeseenEnd } from '../../domain/calls/continuation.js';
import type { Leg } from '../../domain/calls/leg.js';
import { resumeByAgent, routeWaitingByPlan } from '../agents/serve-by-agent.js';
import { rememberCaller } from '../callers/recall-caller.js';
import { holdCaller, wantsRecording } from '../calls/answer-call.js';
import type { CallFrame } from '../calls/call-context.js';
import { callerRelease, type RoutedEnding } from '../calls/call-ending.js';
import { bugEnding, lostEnding } from '../calls/call-lifetime.js';
import { untilAborted } from '../calls/call-scope.js';
import { followTalk } from '../calls/connect-legs.js';
import { deliverLater } from '../calls/deliver-voicemails.js';
import { finishLater, type OpenRecording, reopened, startRecording } from '../calls/record-call.js';
import { fallBackFrom, hearEnding, sayEnding, talkedEnding } from '../calls/route-call.js';
import { leaveFlow } from '../flows/leave-flow.js';
import { recallPing } from '../pings/take-up-ping.js';
import type { CallDetails } from '../ports/call-repository.js';
import type { AdoptedCaller, AdoptedLegRequest } from '../ports/telephony.js';
import { resumeCaps } from '../sale/hold-caps.js';
import { legsKept, type Verdict } from './judge-survivor.js';
import { partedEnding, unseenEnding } from './survivor-endings.js';
import { contextOf, noteAnswered, noteBridged } from './survivor-past.js';
import type { SurvivorWatch } from './survivor-watch.js';

/** What is said of a call first: `closed` when nothing could be taken over, `waiting` while its media server is silent. */
export type AdoptionNews = 'adopted' | 'routed' | 'finishing' | 'closed' | 'waiting';

export interface CarryOnTerms {
  readonly details: CallDetails;
  readonly continuation: Continuation | null;
  readonly watch: SurvivorWatch;
  readonly lastAliveAt: number | null;
  readonly tell: (news: AdoptionNews) => void;
}

/** Everything is released when this settles. A fault ends this call alone. */
export async function carryOn(frame: CallFrame, terms: CarryOnTerms): Promise<RoutedEnding> {
  const carrying = new Carrying(frame, terms);
  try {
    return await carrying.run();
  } catch (error) {
    return bugEnding(frame, error);
  } finally {
    await frame.scope[Symbol.asyncDispose]();
    await carrying.endLegs();
  }
}

/** A talk whose terms were never written cannot be billed. */
const UNKNOWN: Agreement = { label: 'a buyer', sale: null, slots: [], caps: [] };

const NOTHING = (): void => undefined;

class Carrying {
  readonly #frame: CallFrame;
  readonly #terms: CarryOnTerms;
  /** Legs of the journal that nobody has taken over; they are ended, whatever becomes of the others. */
  readonly #legs: Map<string, Leg>;
  /** Files that nobody has taken over; they are finished when the call is closed. */
  readonly #files: Map<string, OpenRecording>;
  #hasSlots = false;
  #agreement: Agreement = UNKNOWN;

  constructor(frame: CallFrame, terms: CarryOnTerms) {
    const { legs, recordings } = terms.details;
    this.#frame = frame;
    this.#terms = terms;
    this.#legs = new Map(legs.filter(({ state }) => state !== 'ended').map((leg) => [leg.legId, leg]));
    const open = recordings.filter(({ state }) => state === 'recording');
    this.#files = new Map(open.map((row) => [row.id, reopened(row)]));
  }

  async run(): Promise<RoutedEnding> {
    this.#agreement = this.#agreementOf(this.#frame.journal.call.targetId);
    // Whoever rings is not kept waiting for a media server that does not answer.
    this.#endAllBut(({ side, state }) => side === 'a' || state !== 'setting-up');
    const verdict = await this.#verdict();
    const kept = legsKept(verdict);
    this.#endAllBut((leg) => kept.includes(leg));
    const isJoined = verdict.kind === 'talks' || verdict.kind === 'parted';
    if ('buyer' in verdict) this.#agreement = this.#agreementOf(verdict.buyer.targetId);
    resumeCaps(this.#frame, this.#terms.continuation, isJoined ? this.#agreement : null);
    switch (verdict.kind) {
      case 'talks':
        return await this.#goOnTalking(verdict);
      case 'waits':
        return await this.#route(verdict);
      case 'finishes':
        return await this.#hearOut(verdict.caller, verdict.foreseen);
      case 'parted':
        return await this.#parted(verdict);
      case 'finished':
        return unseenEnding(this.#agreement, verdict.foreseen, 'it was over when the control app came back');
      case 'lost':
        return lostEnding(verdict.detail);
      case 'unknown':
        return this.#lostSight(verdict.mediaServer);
      default:
        return assertNever(verdict);
    }
  }

  /** Ends what nobody took over, and hands its files on. */
  async endLegs(): Promise<void> {
    await this.#end([...this.#legs.values()]);
    for (const file of this.#files.values()) {
      const mayBeMissing = file.row.kind === 'voicemail';
      if (mayBeMissing) deliverLater(this.#frame, contextOf(this.#frame)?.campaign ?? null, file.id);
      finishLater(this.#frame, file, { reportedMs: null, failure: null, mayBeMissing });
    }
  }

  /** Nobody who is not taken over is kept waiting until the call is over. */
  #endAllBut(isKept: (leg: Leg) => boolean): void {
    const ending = this.#end([...this.#legs.values()].filter((leg) => !isKept(leg)));
    this.#frame.scope.defer(() => ending);
  }

  async #end(legs: readonly Leg[]): Promise<void> {
    const { deps, journal } = this.#frame;
    for (const { legId } of legs) this.#legs.delete(legId);
    const end = (leg: Leg) => deps.telephony.endLeg(leg, 'NORMAL_TEMPORARY_FAILURE');
    await Promise.all(legs.map((leg) => end(leg).then(() => journal.noteLeg({ ...leg, state: 'ended' }))));
  }

  async #verdict(): Promise<Verdict> {
    const { details, continuation, watch, tell } = this.#terms;
    const { scope } = this.#frame;
    const judge = (): Verdict => watch.judge({ ...details, continuation });
    let verdict = judge();
    while (verdict.kind === 'unknown' && watch.hasPatience && !scope.signal.aborted) {
      if (details.call.bridgedAt !== null) await this.#holdSlots();
      tell('waiting');
      await untilAborted(scope.signal, watch.lookAgain());
      verdict = judge();
    }
    return verdict;
  }

  async #goOnTalking({ caller, buyer, channel }: Extract<Verdict, { kind: 'talks' }>): Promise<RoutedEnding> {
    const frame = this.#frame;
    const { deps, journal, scope } = frame;
    const context = contextOf(this.#frame);
    await this.#holdSlots();
    const file = this.#openFile('call');
    const isAgent = this.#terms.continuation?.agent?.legId === buyer.legId;
    const outcome = await deps.telephony.adoptPair({
      caller: this.#takeOver(caller),
      buyer: this.#takeOver(buyer),
      recordPath: file?.path ?? null,
      isRecordedFromAnswer: isAgent || context?.campaign.recording === 'from-answer',
      afterwards: isAgent ? 'hold' : 'ending',
    });
    const bridgedAt = journal.call.bridgedAt ?? channel.bridgedAtMs ?? deps.clock.wallMs();
    if (outcome.kind === 'gone')
      return isAgent ? lostEnding(outcome.detail) : this.#partedEnding(bridgedAt, null, outcome.detail);
    const recording = outcome.isRecording ? this.#keepFile(file) : null;
    holdCaller(frame, { leg: outcome.caller, recording });
    if (isAgent && context !== null) {
      this.#terms.tell('adopted');
      return await resumeByAgent(context, { leg: outcome.caller, recording }, outcome, this.#agentId);
    }
    scope.defer(() => outcome.buyer.hangup('NORMAL_CLEARING'));
    outcome.buyer.onDtmf(() => journal.step('dtmf', 'the buyer pressed a key', { side: 'buyer' }));
    // It may still say that he is to hold.
    if (context?.campaign.recovery !== null) await outcome.caller.setAfterBridge('ending').catch(NOTHING);
    const { label } = this.#agreement;
    noteBridged(journal, this.#agreement, bridgedAt, channel.answeredAtMs);
    const { unbridged, leftUnseen } = outcome;
    const news = leftUnseen ? 'one of the two had hung up meanwhile' : `the caller talks to ${label} still`;
    journal.step('adopted', `the control app was restarted; ${news}`, { what: 'talk' });
    journal.checkpoint();
    this.#terms.tell('adopted');
    const bridgedMs = deps.clock.monotonicMs() - (deps.clock.wallMs() - bridgedAt);
    const knownMs = leftUnseen ? (this.#terms.lastAliveAt ?? bridgedAt) - bridgedAt : Infinity;
    const talk = { caller: outcome.caller, buyer: outcome.buyer, unbridged, bridgedMs, knownMs, within: context };
    const isWanted = context !== null && wantsRecording(context, 'from-bridge');
    const talked = await followTalk(frame, talk, NOTHING, async (isOver) => {
      return recording ?? (isWanted && !isOver() ? await startRecording(frame, outcome.caller) : null);
    });
    const ending = talkedEnding(this.#agreement, talked);
    await hearEnding(frame, outcome.caller, context?.campaign ?? null, ending);
    return ending;
  }

  async #route({ caller, channel }: Extract<Verdict, { kind: 'waits' }>): Promise<RoutedEnding> {
    const { deps, journal } = this.#frame;
    const known = contextOf(this.#frame);
    if (known === null) return lostEnding('the control app was restarted, and the campaign of the call is gone');
    const context = await rememberCaller(await recallPing(known));
    const file = this.#openFile('call');
    const outcome = await this.#adoptCaller(caller, file, true);
    if (outcome.kind === 'gone') return lostEnding(`the control app was restarted, and ${outcome.detail}`);
    const answered = { leg: outcome.leg, recording: outcome.isRecording ? this.#keepFile(file) : null };
    holdCaller(this.#frame, answered);
    const answeredAt = noteAnswered(journal, channel.answeredAtMs);
    const waitsSince = await leaveFlow(journal, outcome.leg, answeredAt);
    const patienceMs = Math.max(0, context.campaign.maxHoldMs - (deps.clock.wallMs() - waitsSince));
    const text = `the control app was restarted; the caller waits, ${Math.round(patienceMs / 1000)} s are left`;
    journal.step('adopted', text, { what: 'hold', patienceMs: Math.round(patienceMs) });
    journal.agreeAlone(null);
    journal.checkpoint();
    this.#terms.tell('routed');
    if (journal.call.state === 'fallback')
      return await fallBackFrom(context, answered, 'the control app was restarted during the fallback');
    return await routeWaitingByPlan(context, answered, patienceMs);
  }

  async #hearOut(caller: Leg, foreseen: ForeseenEnd, isHeld = false): Promise<RoutedEnding> {
    const { journal } = this.#frame;
    const outcome = await this.#adoptCaller(caller, this.#openFile('voicemail'), false);
    if (outcome.kind === 'gone') return unseenEnding(this.#agreement, foreseen, outcome.detail);
    const { leg } = outcome;
    holdCaller(this.#frame, { leg, recording: null });
    const doing = foreseen.kind === 'voicemail' ? 'leaves a message' : `hears the ${foreseen.kind}`;
    journal.step('adopted', `the control app was restarted; the caller ${doing} still`, { what: foreseen.kind });
    journal.checkpoint();
    this.#terms.tell('finishing');
    const context = isHeld ? contextOf(this.#frame) : null;
    if (context !== null) sayEnding(context, leg);
    else if (isHeld) void leg.hangup('NORMAL_CLEARING');
    const end = await leg.ended;
    const { outcome: was, talkMs, detail } = foreseen;
    const release = foreseen.release ?? callerRelease(end, detail);
    return { outcome: was, release, talkMs, sale: was === 'sold' ? this.#agreement.sale : null };
  }

  async #parted({ caller, bridgedAtMs, isHeld }: Extract<Verdict, { kind: 'parted' }>): Promise<RoutedEnding> {
    const { deps, journal } = this.#frame;
    const file = this.#openFile('call');
    const isFromBridge = contextOf(this.#frame)?.campaign.recording === 'from-bridge';
    // The media server closed the file when they parted, so the file knows it best; of one that grows nobody does.
    const recordedMs =
      caller === null && file !== null && isFromBridge ? await deps.recordings.lengthMs(file.row) : null;
    const bridgedAt = journal.call.bridgedAt ?? bridgedAtMs ?? deps.clock.wallMs();
    const ending = this.#partedEnding(bridgedAt, recordedMs, 'they parted while the control app was away');
    if (caller === null) return ending;
    const { outcome, talkMs, release } = ending;
    return await this.#hearOut(caller, { kind: 'ending', outcome, talkMs, release, detail: release.detail }, isHeld);
  }

  #lostSight(mediaServer: string): RoutedEnding {
    const { journal, scope } = this.#frame;
    const detail = scope.signal.aborted
      ? 'hung up by the operator while its media server did not answer'
      : `the control app was restarted, and media server ${mediaServer} did not answer any more`;
    const { bridgedAt } = journal.call;
    return bridgedAt === null ? lostEnding(detail) : this.#partedEnding(bridgedAt, null, detail);
  }

  #partedEnding(bridgedAt: number, recordedMs: number | null, why: string): RoutedEnding {
    noteBridged(this.#frame.journal, this.#agreement, bridgedAt, null);
    return partedEnding(this.#agreement, { bridgedAt, recordedMs, lastAliveAt: this.#terms.lastAliveAt, why });
  }

  get #agentId(): string {
    return this.#terms.continuation?.agent?.agentId ?? '';
  }

  #agreementOf(targetId: string | null): Agreement {
    const { continuation } = this.#terms;
    return (continuation === null ? null : agreementWith(continuation, targetId)) ?? UNKNOWN;
  }

  /** Slots of target, buyer and trunk: counted, whatever the limits say now. */
  async #holdSlots(): Promise<void> {
    const { deps, journal, scope } = this.#frame;
    if (this.#hasSlots) return;
    this.#hasSlots = true;
    const requests = this.#agreement.slots.map(({ key }) => ({ key, limit: null }));
    const held = await deps.slots.reserve(requests, journal.call.callId);
    if (held.kind === 'reserved') scope.defer(held.release);
  }

  #takeOver(leg: Leg): AdoptedLegRequest {
    const { journal } = this.#frame;
    // Taken over or gone, the adapter sees to it from now on.
    this.#legs.delete(leg.legId);
    return { leg, onLeg: (changed) => journal.noteLeg(changed) };
  }

  #adoptCaller(caller: Leg, file: OpenRecording | null, isWaiting: boolean): Promise<AdoptedCaller> {
    const recordPath = file?.path ?? null;
    return this.#frame.deps.telephony.adoptCaller({ caller: this.#takeOver(caller), recordPath, isWaiting });
  }

  #openFile(kind: OpenRecording['row']['kind']): OpenRecording | null {
    return [...this.#files.values()].findLast(({ row }) => row.kind === kind) ?? null;
  }

  #keepFile(file: OpenRecording | null): OpenRecording | null {
    if (file !== null) this.#files.delete(file.id);
    return file;
  }
}
