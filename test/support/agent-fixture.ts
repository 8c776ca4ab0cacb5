/** A campaign whose calls go to an agent first, on the scripted engine: Ann, who has the caller, and two who may buy. */
import type { AgentPlan } from '../../src/domain/campaigns/agent.js';
import { biddingTarget, type FixtureOptions, staticTarget } from './call-configuration.js';
import { bidOf, CallFixture } from './call-fixture.js';

export const AGENT = {
  name: 'Ann',
  isActive: true,
  destination: { kind: 'sip', uri: 'sip:ann@127.0.0.1' },
  trunkId: null,
  skills: [],
  pause: null,
  ringTimeoutMs: 15_000,
} as const;
const PLAN: AgentPlan = {
  agentIds: ['ann'],
  need: null,
  order: 'best-skilled',
  queue: null,
  forwarding: 'manual',
  handover: 'cold',
};

/** A caller without an agent hears the apology. */
export function optionsOf(plan: Partial<AgentPlan> = {}, more: FixtureOptions = {}): FixtureOptions {
  return {
    targets: [biddingTarget('beta'), staticTarget('alpha', 20)],
    ...more,
    campaign: { agents: { ...PLAN, ...plan }, ...more.campaign },
    document: { agents: [{ ...AGENT, id: 'ann' }], ...more.document },
  };
}

/** The caller talks to the agent; bidder beta bids 50. */
export async function withAgent(options = optionsOf()) {
  const fixture = new CallFixture(options);
  fixture.pings.set('bidder-beta', bidOf(50, 100, { lifetimeMs: 5_000 }));
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(2_000);
  const [{ callId } = { callId: '' }] = fixture.live.list();
  const session = fixture.live.find(callId)?.desk.agent ?? null;
  const [agent] = fixture.telephony.buyers;
  if (session === null || agent === undefined) throw new Error('the caller has no agent');
  return { fixture, caller, agent, session, done };
}

/** What the timeline tells of agents. */
export const toldOfAgents = ({ steps }: CallFixture): readonly string[] =>
  steps.filter(({ step }) => step === 'agent').map(({ text }) => text);
