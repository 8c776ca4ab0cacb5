/**
 * A call that goes to an agent first: the two talk, he enters what he learns, asks the bidders, and forwards to one of them by hand or
 * automatically. The caller hears music while the buyer rings; a buyer who does not take the call brings him back to the agent. Cold, the
 * agent drops as the buyer comes; warm, he talks with both until he hangs up. The talk with the buyer is what is billed, the recording
 * goes on over all parts. An agent who leaves without forwarding sends the caller to the fallback chain.
 */
import { type Agent, type AgentPlan, agentSlotKey } from '../../domain/campaigns/agent.js';
import { type AnsweredCall, answerCall, wantsRecording } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import { callerRelease, type RoutedEnding } from '../calls/call-ending.js';
import { type CallScope, untilAborted } from '../calls/call-scope.js';
import { obeyPauseKeys } from '../calls/connect-legs.js';
import { startRecording } from '../calls/record-call.js';
import {
  callerGone,
  fallBackFrom,
  goneEnding,
  hearEnding,
  type Routed,
  routeCall,
  routeWaiting,
  talkedEnding,
} from '../calls/route-call.js';
import type { BuyerLeg, InboundCall } from '../ports/telephony.js';
import { type Sale, sellCall } from '../sale/sell-call.js';
import { type AgentAuction, holdAuction, stepsOver } from './agent-auction.js';
import { AgentSession, type EnteredTags, type Forward } from './agent-session.js';
import { openToMonitors } from './monitor-talk.js';
import { reachAgent } from './reach-agent.js';

interface Joint {
  readonly unbridged: Promise<'caller' | 'buyer' | 'system'>;
}

/** Whoever has the caller, joined or about to be. */
export interface AgentTalk {
  readonly agent: Pick<Agent, 'id' | 'name'>;
  readonly leg: BuyerLeg;
  readonly scope: CallScope;
  /** Of a bridge that stands already; null when they are to be joined. */
  readonly joint: Joint | null;
}

type Session = AgentSession<AgentAuction>;

type Part =
  | { readonly kind: 'left'; readonly by: string }
  | { readonly kind: 'forward'; readonly forward: Forward<AgentAuction> };

class AgentCall {
  readonly #context: CallContext;
  readonly #talk: AgentTalk;
  readonly #session: Session;
  #answered: AnsweredCall;

  constructor(context: CallContext, answered: AnsweredCall, talk: AgentTalk, plan: AgentPlan) {
    this.#context = context;
    this.#answered = answered;
    this.#talk = talk;
    this.#session = new AgentSession<AgentAuction>(context.journal, {
      agentId: talk.agent.id,
      agentName: talk.agent.name,
      leg: talk.leg,
      plan,
      currency: context.campaign.currency,
      hold: (tags: EnteredTags) => holdAuction(context, tags),
    });
  }

  async run(): Promise<RoutedEnding> {
    const { desk, scope } = this.#context;
    const { agent, leg } = this.#talk;
    desk.agent = this.#session;
    // His slot is free as soon as he is.
    void leg.ended.then(() => {
      this.#context.deps.planRecords.noteAgentTalk(agent.id, this.#context.journal.wallMs());
      return this.#talk.scope[Symbol.asyncDispose]();
    });
    scope.defer(() => this.#session.close());
    let { joint } = this.#talk;
    for (;;) {
      joint ??= await this.#join();
      if (joint === null) return await this.#without(`agent ${agent.name} could not be joined`);
      const part = await this.#talkOn(joint.unbridged);
      if (part.kind === 'left') return await this.#without(`agent ${agent.name} ${part.by}`);
      const sale = await this.#forward(part.forward);
      if (sale.kind === 'sold') {
        await this.#talk.scope[Symbol.asyncDispose]();
        const ending = talkedEnding(sale.agreement, sale.conversation);
        await hearEnding(this.#context, this.#answered.leg, this.#context.campaign, ending);
        return ending;
      }
      if (sale.kind === 'caller-gone') return await this.#gone();
      if (leg.hasEnded) return await this.#without(`${sale.detail}, and agent ${agent.name} has left`);
      this.#note(`back with agent ${agent.name}: ${sale.detail}`);
      joint = null;
    }
  }

  /** Null when the two could not be joined. */
  async #join(): Promise<Joint | null> {
    const { leg: caller } = this.#answered;
    const { leg, agent } = this.#talk;
    const greeted = await untilAborted(this.#context.scope.signal, Promise.race([caller.greeted, leg.ended]));
    if (greeted === null || caller.hasEnded || leg.hasEnded) return null;
    const bridge = await caller.bridge(leg, 'hold');
    if (bridge.kind === 'failed') return null;
    this.#note(`the caller talks to agent ${agent.name}`);
    return bridge;
  }

  async #talkOn(unbridged: Joint['unbridged']): Promise<Part> {
    const context = this.#context;
    const { leg: caller } = this.#answered;
    this.#journalTalk();
    if (this.#answered.recording === null && wantsRecording(context, 'from-bridge')) {
      this.#answered = { leg: caller, recording: await startRecording(context, caller, true) };
      obeyPauseKeys(context, this.#talk.leg, `agent ${this.#talk.agent.name}`, () => this.#talk.leg.hasEnded);
    }
    const close = openToMonitors(context, caller, this.#talk.leg);
    const left = unbridged.then(
      (by): Part => ({ kind: 'left', by: by === 'buyer' ? 'hung up' : 'was parted from him' }),
    );
    const asked = this.#session
      .nextForward()
      .then((forward): Part | Promise<Part> => (forward === null ? left : { kind: 'forward', forward }));
    const part = await Promise.race([left, asked]);
    await close();
    return part;
  }

  async #forward({ held, offer, handover }: Forward<AgentAuction>): Promise<Sale> {
    const context = this.#context;
    const { leg: caller, recording } = this.#answered;
    const { leg } = this.#talk;
    try {
      await caller.part(leg);
    } catch (error) {
      // Where the two are is not known: the caller is asked what he is on by the next command, or has left.
      this.#note(`the caller could not be put on music: ${error instanceof Error ? error.message : String(error)}`);
      return caller.hasEnded ? { kind: 'caller-gone' } : { kind: 'unsold', detail: 'the call could not be forwarded' };
    }
    const { trace } = held;
    const steps = stepsOver(offer === null ? held.offers : [offer]);
    const patienceEndsMs = context.deps.clock.monotonicMs() + context.campaign.maxHoldMs;
    const onJoined = (buyer: BuyerLeg): void => {
      this.#session.handedOver();
      void this.#handOver(buyer, handover);
    };
    const first = steps.next(false, 0);
    const sale = await sellCall(held.context, { caller, recording, steps, first, trace, patienceEndsMs, onJoined });
    if (sale.kind === 'unsold' && context.journal.trace === null)
      context.journal.setTrace(trace.build(context.configuration.version));
    return sale;
  }

  /** Cold he drops as the buyer is there; warm he is the third until he hangs up. */
  async #handOver(buyer: BuyerLeg, handover: AgentPlan['handover']): Promise<void> {
    const { deps } = this.#context;
    const { leg, agent } = this.#talk;
    if (leg.hasEnded) return;
    if (handover === 'cold') {
      this.#note(`agent ${agent.name} drops`);
      await leg.hangup('NORMAL_CLEARING');
      return;
    }
    const { leg: caller } = this.#answered;
    const attached = await deps.telephony.attach({ caller, partner: buyer, listener: leg, manner: 'join' });
    if (attached.kind === 'attached') this.#note(`agent ${agent.name} stays with both`);
    else {
      this.#note(`agent ${agent.name} could not stay: ${attached.detail}`);
      await leg.hangup('NORMAL_CLEARING');
    }
  }

  /** Nobody has him any more. */
  async #without(detail: string): Promise<RoutedEnding> {
    const { leg: caller } = this.#answered;
    this.#session.close();
    await this.#talk.scope[Symbol.asyncDispose]();
    if (caller.hasEnded || this.#context.scope.signal.aborted) return await this.#gone();
    this.#note(detail);
    return await fallBackFrom(this.#context, this.#answered, detail);
  }

  /** A caller who has talked to an agent has not been lost; he was not sold either. */
  async #gone(): Promise<RoutedEnding> {
    const { leg: caller } = this.#answered;
    const ending = await callerGone(this.#context, this.#answered);
    if (!caller.hasEnded) return ending;
    const end = await caller.ended;
    if (end.by === 'us') return ending;
    const release = callerRelease(end, `talked to agent ${this.#talk.agent.name}; the caller left`);
    return { ...ending, outcome: 'connected-unbilled', release };
  }

  /** Whoever carries the call on finds the agent with the caller. */
  #journalTalk(): void {
    const { journal } = this.#context;
    const { agent, leg } = this.#talk;
    journal.withAgent({ agentId: agent.id, legId: leg.legId });
    const slots = [{ key: agentSlotKey(agent.id), limit: 1 }];
    journal.agreeAlone({ label: `agent ${agent.name}`, sale: null, slots, caps: [] });
    if (journal.call.state === 'bridged') journal.checkpoint();
    else journal.advance('bridged');
  }

  #note(text: string): void {
    this.#context.journal.step('agent', text, { agentId: this.#talk.agent.id });
  }
}

/** An agent and a caller who talk, or are about to. */
export function serveByAgent(
  context: CallContext,
  answered: AnsweredCall,
  talk: AgentTalk,
  plan: AgentPlan,
): Promise<RoutedEnding> {
  return new AgentCall(context, answered, talk, plan).run();
}

const NO_PLAN: AgentPlan = {
  ...{ agentIds: [], need: null, order: 'sequential', queue: null, forwarding: 'manual', handover: 'cold' },
};

/** Two who were joined by an earlier process. What the agent had entered and asked for is gone with it. */
export function resumeByAgent(
  context: CallContext,
  answered: AnsweredCall,
  joint: Joint & { readonly buyer: BuyerLeg },
  agentId: string,
): Promise<RoutedEnding> {
  const { configuration, journal, scope, campaign } = context;
  const agent = configuration.agents.get(agentId) ?? { id: agentId, name: agentId };
  const own = scope.fork();
  scope.defer(() => own[Symbol.asyncDispose]());
  own.defer(() => joint.buyer.hangup('NORMAL_CLEARING'));
  const text = `the control app was restarted; the caller talks to agent ${agent.name} still`;
  journal.step('adopted', text, { what: 'agent' });
  return serveByAgent(context, answered, { agent, leg: joint.buyer, scope: own, joint }, campaign.agents ?? NO_PLAN);
}

async function toAgents(
  context: CallContext,
  answered: AnsweredCall,
  plan: AgentPlan,
  patienceMs: number,
): Promise<RoutedEnding> {
  const reached = await reachAgent(context, answered, plan, patienceMs);
  if (reached.kind === 'caller-gone') return await callerGone(context, answered);
  if (reached.kind === 'nobody') return await fallBackFrom(context, answered, reached.detail, reached.from);
  const { agent, leg, scope } = reached;
  return await serveByAgent(context, answered, { agent, leg, scope, joint: null }, plan);
}

/** From the INVITE: through the agents when the campaign has some, else straight to the bidders. */
export async function routeByPlan(context: CallContext, inbound: InboundCall): Promise<Routed> {
  const { agents, maxHoldMs } = context.campaign;
  if (agents === null) return await routeCall(context, inbound);
  const answer = await answerCall(context, inbound);
  if (answer.kind === 'no-media') return answer;
  if (answer.kind === 'gone') return { kind: 'ended', ending: goneEnding(answer.end) };
  return { kind: 'ended', ending: await toAgents(context, answer.answered, agents, maxHoldMs) };
}

/** For a caller who was answered by an earlier process and waits. */
export async function routeWaitingByPlan(
  context: CallContext,
  answered: AnsweredCall,
  patienceMs: number,
): Promise<RoutedEnding> {
  const { closedFor } = context;
  if (closedFor !== null) return await fallBackFrom(context, answered, closedFor);
  const { agents } = context.campaign;
  if (agents === null) return await routeWaiting(context, answered, patienceMs);
  return await toAgents(context, answered, agents, patienceMs);
}
