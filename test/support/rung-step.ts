/** One dial step rung for a caller who waits, on scripted ports: what `ringTogether` does, without the auction that makes the step. */

import { type CallContext, NOTHING_KNOWN } from '../../src/application/calls/call-context.js';
import { CallDesk } from '../../src/application/calls/call-desk.js';
import { CallJournal } from '../../src/application/calls/call-journal.js';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { type RungStep, ringTogether } from '../../src/application/sale/ring-together.js';
import { LeavingSwitch } from '../../src/application/survival/leaving.js';
import type { Offer } from '../../src/domain/bidding/offer.js';
import { receiveCall } from '../../src/domain/calls/call.js';
import type { Configuration } from '../../src/domain/campaigns/configuration.js';
import type { Check } from '../../src/domain/routing/decision-trace.js';
import type { DialStep } from '../../src/domain/routing/dial-step.js';
import { routingPlanOf } from '../../src/domain/routing/routing-plan.js';
import { CAMPAIGN } from './call-configuration.js';
import type { CallFixture } from './call-fixture.js';
import { ScriptedCallerLeg } from './scripted-leg.js';

function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the fixture has it');
  return value;
}

/** The targets' offers, as a plan would hand them out. */
function offersOf(configuration: Configuration): readonly Offer[] {
  const plan = routingPlanOf(configuration, known(configuration.campaigns.get(CAMPAIGN.id)));
  return plan.planned.map((planned) => {
    const { target } = planned;
    const amountMicros = target.pricing.kind === 'static' ? target.pricing.amountMicros : 0;
    const { destination, billAfterMs } = target;
    const terms = { destination, billAfterMs, reference: null, expiresAtMs: null };
    return { ...terms, target, planned, bidder: planned.bidder, amountMicros };
  });
}

export class StepUnderTest {
  readonly checks: { readonly targetId: string; readonly made: Check }[] = [];
  readonly failed: string[] = [];
  readonly leaving = new LeavingSwitch();
  readonly scope = new CallScope((error) => {
    throw error;
  });
  readonly attempt = this.scope.fork();
  readonly context: CallContext;
  readonly caller: ScriptedCallerLeg;
  readonly #offers: readonly Offer[];

  private constructor(fixture: CallFixture) {
    const { deps, telephony } = fixture;
    const configuration = deps.configuration.current();
    const received = { callId: 'call', sipCallId: 'call@caller', configurationVersion: 1, trunkId: 'trunk' };
    const numbers = { callerNumber: '+13105550123', calledNumber: '+12025550100', callerName: null };
    const call = receiveCall({ ...received, ...numbers, startedAt: deps.clock.wallMs() });
    const journal = new CallJournal(deps, call, deps.clock.monotonicMs());
    this.context = {
      deps,
      scope: this.scope,
      journal,
      desk: new CallDesk(journal),
      afterClose: () => undefined,
      leaving: this.leaving,
      configuration,
      campaign: known(configuration.campaigns.get(CAMPAIGN.id)),
      source: known(configuration.sources.get('source')),
      did: known([...configuration.didsByNumber.values()][0]),
      ...NOTHING_KNOWN,
    };
    this.caller = new ScriptedCallerLeg('caller', telephony.log);
    this.#offers = offersOf(configuration);
  }

  /** A call that is answered, and journaled as such. */
  static async open(fixture: CallFixture): Promise<StepUnderTest> {
    const step = new StepUnderTest(fixture);
    await step.context.journal.open();
    step.context.journal.advance('answered', { answeredAt: step.context.journal.wallMs() });
    return step;
  }

  ring(step: Partial<DialStep>): Promise<RungStep> {
    const whole: DialStep = { offers: this.#offers, mode: 'one', intervalMs: 0, hedgeAfterMs: null, ...step };
    const terms = {
      caller: this.caller,
      admissionOf: () => ({ checks: [], postLimitMs: 60_000, ringWithinMs: 60_000 }),
      note: ({ target }: Offer, made: Check) => void this.checks.push({ targetId: target.id, made }),
      onFailed: ({ target }: Offer) => void this.failed.push(target.id),
    };
    return ringTogether(this.context, this.attempt, terms, whole);
  }

  /** The caller leaves. */
  async leave(): Promise<void> {
    this.caller.end();
    this.scope.abort();
    await this.attempt[Symbol.asyncDispose]();
    await this.scope[Symbol.asyncDispose]();
  }

  /** Closes the record after a talk with the winner, or without one. */
  async close(winner: RungStep): Promise<void> {
    const { journal } = this.context;
    if (winner.result.kind === 'answered') {
      journal.holdCaps(winner.result.caps.reservation);
      journal.advance('bridged', { bridgedAt: journal.wallMs() });
    }
    this.scope.abort();
    await this.attempt[Symbol.asyncDispose]();
    await this.scope[Symbol.asyncDispose]();
    await journal.close('ended', { endedAt: journal.wallMs() }, []);
  }
}
