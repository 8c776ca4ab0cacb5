/**
 * Rings one destination, a number through the gateways of a trunk or a SIP URI, until somebody answers. Gateways that are down are left
 * out, a turn that comes too late for the carrier's pace is not waited for, and a gateway that fails gives way to the next one.
 */
import type { AcceptKey } from '../../domain/campaigns/buyer.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import { type Destination, formatDestination } from '../../domain/trunks/destination.js';
import { gatewayName, isAnyStatus, orderGateways, usableGateways } from '../../domain/trunks/gateway-order.js';
import { type Gateway, mediaPolicyOf, type Trunk } from '../../domain/trunks/trunk.js';
import { type CallContext, promptPath } from '../calls/call-context.js';
import { leftToTheNext } from '../calls/call-lifetime.js';
import type { CallScope } from '../calls/call-scope.js';
import type { AcceptPrompt, BuyerLeg, CallerLeg, DialAddress, DialOutcome, DialRequest } from '../ports/telephony.js';
import { abortedOnLeaving } from '../survival/leaving.js';
import { awaitAcceptance } from './await-acceptance.js';
import { leaveMessage } from './leave-message.js';
import { writeNumber } from './trunk-numbers.js';
import { whisperPath } from './whisper.js';

/** What is dialled, whether a buyer won it or the fallback chain names it. */
export interface DialPlan {
  readonly targetId: string | null;
  readonly label: string;
  readonly destination: Destination;
  readonly trunkId: string | null;
  readonly ringTimeoutMs: number;
  readonly whisperPromptId: string | null;
  /** Null joins whoever answers at once. */
  readonly acceptKey: AcceptKey | null;
  /** Under which step everything of the dial stands in the timeline; the steps of a buyer when absent. */
  readonly stepAs?: 'monitor' | 'agent';
  /** He rings, or has answered. */
  readonly onSign?: () => void;
}

export type RingResult =
  | { readonly kind: 'answered'; readonly leg: BuyerLeg; readonly ringMs: number }
  | { readonly kind: 'failed'; readonly check: Check }
  | { readonly kind: 'caller-gone' };

/** One way to the destination. */
interface Route {
  readonly address: DialAddress;
  /** The trunk and the gateway of a number; null for a URI. */
  readonly through: { readonly trunk: Trunk; readonly gateway: Gateway } | null;
  readonly isLast: boolean;
}

type Identity = Pick<DialRequest, 'fromUser' | 'assertedIdentity' | 'diversion' | 'isPrivate'>;

export function trunkOf(configuration: Configuration, trunkId: string | null): Trunk | null {
  const trunk = trunkId === null ? undefined : configuration.trunks.get(trunkId);
  return trunk?.isActive === true ? trunk : null;
}

/** A trunk is trusted with the number of a caller who withholds it (RFC 3325 section 7); a buyer's own URI is not. */
function identityFor({ journal, did, deps }: CallContext, trunk: Trunk | null): Identity {
  const { callerNumber, isCallerPrivate: isPrivate } = journal.call;
  if (trunk === null) {
    return { fromUser: isPrivate ? 'anonymous' : callerNumber, assertedIdentity: null, diversion: null, isPrivate };
  }
  const write = (text: string): string => writeNumber(deps.numbers, text, trunk);
  const { callerId } = trunk;
  if (callerId.kind === 'own') {
    const own = write(callerId.number);
    return { fromUser: own, assertedIdentity: own, diversion: null, isPrivate: false };
  }
  const caller = write(callerNumber);
  return {
    fromUser: isPrivate ? 'anonymous' : caller,
    assertedIdentity: caller,
    diversion: write(callerId.diversion ?? did.number),
    isPrivate,
  };
}

function routesOf({ deps }: CallContext, { destination }: DialPlan, trunk: Trunk | null): readonly Route[] {
  if (destination.kind === 'sip') {
    return [{ address: { kind: 'uri', uri: destination.uri }, through: null, isLast: true }];
  }
  if (trunk === null) return [];
  const ordered = orderGateways(trunk.gateways, deps.random);
  const usable = usableGateways(ordered, (gateway) => deps.gateways.isUp(trunk.id, gateway));
  const number = writeNumber(deps.numbers, destination.number, trunk);
  return usable.map((gateway, index) => ({
    address: { kind: 'gateway', gateway, number, credentials: trunk.credentials },
    through: { trunk, gateway },
    isLast: index === usable.length - 1,
  }));
}

type TermsPart = Pick<DialRequest, 'terms'>;

function termsOf({ deps }: CallContext, { through, isLast }: Route): TermsPart {
  if (through === null) return {};
  const { trunk, gateway } = through;
  return {
    terms: {
      media: mediaPolicyOf(trunk),
      // Nobody else is left to try: the caller loses nothing by waiting for the ring time-out.
      silentAfterMs: isLast ? null : trunk.silentAfterMs,
      answersOptions: deps.gateways.hasAnswered(trunk.id, gateway),
      sessionTimer: trunk.sessionTimer,
    },
  };
}

function acceptPromptOf(context: CallContext, acceptKey: AcceptKey | null): AcceptPrompt | null {
  if (acceptKey === null) return null;
  const path = promptPath(context, acceptKey.promptId, 'accept prompt');
  return path === null ? null : { path, digit: acceptKey.digit };
}

async function dialOnce(
  context: CallContext,
  scope: CallScope,
  caller: CallerLeg,
  plan: DialPlan,
  route: Route,
  ringTimeoutMs: number,
): Promise<DialOutcome> {
  const { deps, journal, leaving } = context;
  let hasRung = false;
  const whisper = await whisperPath(context, plan.whisperPromptId);
  const branch = abortedOnLeaving(scope.signal, leaving);
  const outcome = await deps.telephony.dial({
    callId: journal.call.callId,
    legId: deps.ids.newId(),
    targetId: plan.targetId,
    address: route.address,
    ...identityFor(context, route.through?.trunk ?? null),
    ...termsOf(context, route),
    fromName: null,
    ringTimeoutMs,
    whisperPath: whisper,
    acceptPrompt: acceptPromptOf(context, plan.acceptKey),
    mediaTimeoutMs: deps.limits.mediaTimeoutMs,
    mediaServer: caller.mediaServer,
    signal: branch.signal,
    onLeg: (leg) => journal.noteLeg(leg),
    onRinging: (sipStatus) => {
      if (hasRung) return;
      hasRung = true;
      plan.onSign?.();
      journal.step(plan.stepAs ?? 'ringing', `${plan.label} rings`, { targetId: plan.targetId, sipStatus });
    },
  });
  branch.unlink();
  // Whoever rang is told by CANCEL; the caller goes on hearing music, and the next process rings anew.
  if (leaving.hasBegun && outcome.kind !== 'answered') return await leftToTheNext();
  return outcome;
}

function describeFailure(outcome: Exclude<DialOutcome, { kind: 'answered' }>, plan: DialPlan): string {
  switch (outcome.kind) {
    case 'failed':
      return `${outcome.sipStatus} ${outcome.cause}: ${outcome.detail}`;
    case 'no-answer':
      return `no answer in ${plan.ringTimeoutMs} ms`;
    case 'cancelled':
      return 'cancelled';
  }
}

/** Settles when the time has passed or the scope is aborted. */
function pause({ deps }: CallContext, scope: CallScope, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      scope.signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = deps.clock.startTimer(waitMs, done);
    scope.signal.addEventListener('abort', done, { once: true });
  });
}

/** A sentence when the turn would come too late for this dial; null when it may go now. */
async function awaitTurn(context: CallContext, scope: CallScope, plan: DialPlan, route: Route): Promise<string | null> {
  if (route.through === null) return null;
  const { trunk, gateway } = route.through;
  const turn = context.deps.pace.take(trunk, gateway);
  const { callsPerSecond } = trunk;
  const limit = `${callsPerSecond} ${callsPerSecond === 1 ? 'call' : 'calls'} a second on trunk ${trunk.name}`;
  const waitMs = Math.round(turn.waitMs);
  if (turn.kind === 'too-long') return `a turn would come in ${waitMs} ms: ${limit}`;
  if (waitMs === 0) return null;
  context.journal.step(plan.stepAs ?? 'dialing', `${plan.label} waits ${waitMs} ms for its turn: ${limit}`, {
    targetId: plan.targetId,
    waitMs,
  });
  await pause(context, scope, turn.waitMs);
  return null;
}

type Attempt =
  | { readonly kind: 'over'; readonly result: RingResult }
  | {
      readonly kind: 'failed';
      readonly check: Check;
      readonly mayGoOn: boolean;
      /** The leg is no longer its scope's: a message is left on it. */
      readonly isLeftMessage?: true;
    };

/** An answer counts when its key, if one is asked for, is pressed. */
async function confirmed(
  context: CallContext,
  scope: CallScope,
  plan: DialPlan,
  answered: Extract<RingResult, { kind: 'answered' }>,
): Promise<Attempt> {
  if (plan.acceptKey === null) return { kind: 'over', result: answered };
  const acceptance = await awaitAcceptance(context, scope, answered.leg, plan, plan.acceptKey);
  switch (acceptance.kind) {
    case 'accepted':
      return { kind: 'over', result: answered };
    case 'not-accepted': {
      const failed = { kind: 'failed', check: acceptance.check, mayGoOn: false } as const;
      const { voicemailDrop } = plan.acceptKey;
      if (!acceptance.isThere || voicemailDrop === null) return failed;
      await leaveMessage(context, answered.leg, plan, voicemailDrop);
      return { ...failed, isLeftMessage: true };
    }
    case 'aborted':
      return { kind: 'over', result: { kind: 'caller-gone' } };
  }
}

/** INVITE by one route. `startedMs` is when the first route was begun: the caller waits only once. */
async function attemptRoute(
  context: CallContext,
  scope: CallScope,
  caller: CallerLeg,
  plan: DialPlan,
  route: Route,
  startedMs: number,
): Promise<Attempt> {
  const { deps, journal } = context;
  const { targetId } = plan;
  const tooLate = await awaitTurn(context, scope, plan, route);
  if (scope.signal.aborted) return { kind: 'over', result: { kind: 'caller-gone' } };
  if (tooLate !== null) {
    const { maxPaceWaitMs = 0 } = route.through?.trunk ?? {};
    journal.step(plan.stepAs ?? 'buyer-failed', `${plan.label}: ${tooLate}`, { targetId });
    return { kind: 'failed', check: check('pace', false, tooLate, `a turn within ${maxPaceWaitMs} ms`), mayGoOn: true };
  }
  const leftMs = plan.ringTimeoutMs - Math.round(deps.clock.monotonicMs() - startedMs);
  const failedDial = (failure: string): Check => check('dial', false, failure, 'an answer in time');
  if (leftMs <= 0) {
    return { kind: 'failed', check: failedDial(`no answer in ${plan.ringTimeoutMs} ms`), mayGoOn: false };
  }
  const gateway = route.through === null ? null : gatewayName(route.through.gateway);
  const through = gateway === null ? '' : ` through ${gateway}`;
  journal.step(plan.stepAs ?? 'dialing', `INVITE to ${plan.label}${through}`, { targetId, gateway });
  const outcome = await dialOnce(context, scope, caller, plan, route, leftMs);
  if (outcome.kind === 'answered') {
    const { leg } = outcome;
    let isLeftMessage = false;
    scope.defer(() => (isLeftMessage ? undefined : leg.hangup('NORMAL_CLEARING')));
    plan.onSign?.();
    const ringMs = Math.round(deps.clock.monotonicMs() - startedMs);
    journal.step(plan.stepAs ?? 'buyer-answered', `${plan.label} answers after ${ringMs} ms`, { targetId, ringMs });
    if (plan.stepAs === undefined) leg.onDtmf(() => journal.step('dtmf', 'the buyer pressed a key', { side: 'buyer' }));
    const attempt = await confirmed(context, scope, plan, { kind: 'answered', leg, ringMs });
    isLeftMessage = attempt.kind === 'failed' && attempt.isLeftMessage === true;
    return attempt;
  }
  if (outcome.kind === 'cancelled' || scope.signal.aborted) return { kind: 'over', result: { kind: 'caller-gone' } };
  const failure = describeFailure(outcome, plan);
  journal.step(plan.stepAs ?? 'buyer-failed', `${plan.label}: ${failure}`, { targetId, gateway });
  const { nextGatewayOn = [] } = route.through?.trunk ?? {};
  const mayGoOn = outcome.kind === 'failed' && isAnyStatus(outcome.sipStatus, nextGatewayOn);
  return { kind: 'failed', check: failedDial(failure), mayGoOn };
}

/** Rings until somebody answers, the ring time-out, or the caller is gone. The buyer's leg is released with the scope. */
export async function ringDestination(
  context: CallContext,
  scope: CallScope,
  caller: CallerLeg,
  plan: DialPlan,
): Promise<RingResult> {
  const trunk = trunkOf(context.configuration, plan.trunkId);
  const startedMs = context.deps.clock.monotonicMs();
  let failed = check('dial', false, `no gateway for ${formatDestination(plan.destination)}`, 'an answer in time');
  for (const route of routesOf(context, plan, trunk)) {
    if (scope.signal.aborted) return { kind: 'caller-gone' };
    const attempt = await attemptRoute(context, scope, caller, plan, route, startedMs);
    if (attempt.kind === 'over') return attempt.result;
    failed = attempt.check;
    if (!attempt.mayGoOn) break;
  }
  return { kind: 'failed', check: failed };
}
