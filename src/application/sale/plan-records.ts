/**
 * What the plans of this process remember of earlier calls: turns of round robin, when each target's last talk ended, what its
 * latest calls brought. Begins with what the store has, and hears of each call that is closed. The walk asks it in memory.
 */
import type { Prediction } from '../../domain/plans/plan.js';
import type { CallsOf, Experience, Performance, PlanMemory } from '../../domain/plans/plan-memory.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import type { CallEvents } from '../ports/call-events.js';
import type { PlanRepository, Turn } from '../ports/plan-repository.js';

/** Where the ends of agents' talks stand among the turns: no group of a plan has a name without a stroke. */
const AGENTS = 'agents';

/** As far back as a prediction may look. */
export const DIALS_KEPT = 1_000;

const NO_EXPERIENCE: Experience = { dials: 0, connected: 0, converted: 0, talkMs: 0 };

interface Known {
  /** By the end of their calls, the oldest first, as the store gives them to the next process. */
  readonly dials: TargetDial[];
  /** Both by what was asked for; thrown away with each new dial. */
  readonly sums: Map<string, Performance>;
  readonly experiences: Map<string, Experience>;
}

export class PlanRecords implements PlanMemory {
  readonly #store: Pick<PlanRepository, 'saveTurn'>;
  readonly #events: Pick<CallEvents, 'alarm'>;
  readonly #turns = new Map<string, number>();
  readonly #talkEnds = new Map<string, number>();
  readonly #agentTalkEnds = new Map<string, number>();
  /** By `target:id` and `buyer:id`. */
  readonly #known = new Map<string, Known>();
  #lastTurn = 0;

  /** `dials` the oldest first. */
  constructor(
    store: Pick<PlanRepository, 'saveTurn'>,
    events: Pick<CallEvents, 'alarm'>,
    past: { readonly turns: readonly Turn[]; readonly dials: readonly TargetDial[] } = { turns: [], dials: [] },
  ) {
    this.#store = store;
    this.#events = events;
    for (const { groupKey, memberKey, turn } of past.turns) {
      if (groupKey === AGENTS) {
        this.#agentTalkEnds.set(memberKey, turn);
        continue;
      }
      this.#turns.set(turnKey(groupKey, memberKey), turn);
      this.#lastTurn = Math.max(this.#lastTurn, turn);
    }
    for (const dial of past.dials) this.note(dial);
  }

  lastTurn(groupKey: string, memberKey: string): number {
    return this.#turns.get(turnKey(groupKey, memberKey)) ?? 0;
  }

  takeTurn(groupKey: string, memberKey: string): () => void {
    const before = this.lastTurn(groupKey, memberKey);
    this.#lastTurn += 1;
    const taken = this.#lastTurn;
    this.#setTurn({ groupKey, memberKey, turn: taken });
    return () => {
      // Another call may have used a turn of this member since; then that one counts.
      if (this.lastTurn(groupKey, memberKey) === taken) this.#setTurn({ groupKey, memberKey, turn: before });
    };
  }

  lastTalkEndedAt(targetId: string): number | null {
    return this.#talkEnds.get(targetId) ?? null;
  }

  /** Wall clock; null when he has talked to nobody. */
  agentTalkEndedAt(agentId: string): number | null {
    return this.#agentTalkEnds.get(agentId) ?? null;
  }

  noteAgentTalk(agentId: string, endedAt: number): void {
    this.#agentTalkEnds.set(agentId, endedAt);
    this.#save({ groupKey: AGENTS, memberKey: agentId, turn: endedAt });
  }

  performanceOf(calls: CallsOf, prediction: Prediction): Performance {
    const { per, within, counts, lastCalls } = prediction;
    const known = this.#known.get(per === 'target' ? `target:${calls.targetId}` : `buyer:${calls.buyerId}`);
    if (known === undefined) return { calls: 0, revenueMicros: 0 };
    const campaignId = within === null ? null : calls.campaignId;
    const sourceId = within === 'campaign-and-source' ? calls.sourceId : null;
    const asked = JSON.stringify([campaignId, sourceId, counts, lastCalls]);
    const summed = known.sums.get(asked);
    if (summed !== undefined) return summed;
    const counted = known.dials
      .filter((dial) => campaignId === null || dial.campaignId === campaignId)
      .filter((dial) => sourceId === null || dial.sourceId === sourceId)
      .filter((dial) => counts === 'dials' || dial.isConnected)
      .slice(-lastCalls);
    const revenueMicros = counted.reduce((sum, dial) => sum + dial.revenueMicros, 0);
    const performance = { calls: counted.length, revenueMicros };
    known.sums.set(asked, performance);
    return performance;
  }

  experienceOf(calls: CallsOf, { lastCalls, within }: Pick<Prediction, 'lastCalls' | 'within'>): Experience {
    const known = this.#known.get(`target:${calls.targetId}`);
    if (known === undefined) return NO_EXPERIENCE;
    const campaignId = within === null ? null : calls.campaignId;
    const sourceId = within === 'campaign-and-source' ? calls.sourceId : null;
    const asked = JSON.stringify([campaignId, sourceId, lastCalls]);
    const summed = known.experiences.get(asked);
    if (summed !== undefined) return summed;
    const dials = known.dials
      .filter((dial) => campaignId === null || dial.campaignId === campaignId)
      .filter((dial) => sourceId === null || dial.sourceId === sourceId)
      .slice(-lastCalls);
    const connected = dials.filter(({ isConnected }) => isConnected);
    const experience = {
      ...{ dials: dials.length, connected: connected.length },
      converted: connected.filter(({ revenueMicros }) => revenueMicros > 0).length,
      talkMs: connected.reduce((sum, { talkMs }) => sum + talkMs, 0),
    };
    known.experiences.set(asked, experience);
    return experience;
  }

  /** Of a call that has ended. */
  note(dial: TargetDial): void {
    const { targetId, buyerId, isConnected, endedAt } = dial;
    if (isConnected) this.#talkEnds.set(targetId, Math.max(endedAt, this.#talkEnds.get(targetId) ?? 0));
    for (const key of [`target:${targetId}`, `buyer:${buyerId}`]) {
      const known: Known = this.#known.get(key) ?? { dials: [], sums: new Map(), experiences: new Map() };
      this.#known.set(key, known);
      // A call that took long to be written is closed behind one that ended after it.
      known.dials.splice(known.dials.findLastIndex((each) => each.endedAt <= endedAt) + 1, 0, dial);
      if (known.dials.length > DIALS_KEPT) known.dials.shift();
      known.sums.clear();
      known.experiences.clear();
    }
  }

  #setTurn(turn: Turn): void {
    this.#turns.set(turnKey(turn.groupKey, turn.memberKey), turn.turn);
    this.#save(turn);
  }

  #save(turn: Turn): void {
    this.#store.saveTurn(turn).catch((error: unknown) => {
      const sentence = error instanceof Error ? error.message : String(error);
      this.#events.alarm('store', `a turn of ${turn.groupKey} could not be written: ${sentence}`);
    });
  }
}

const turnKey = (groupKey: string, memberKey: string): string => `${groupKey} ${memberKey}`;

/** For who only asks what would be: nobody uses his turn. */
export function withoutTurns(memory: PlanMemory): PlanMemory {
  return {
    lastTurn: (groupKey, memberKey) => memory.lastTurn(groupKey, memberKey),
    takeTurn: () => () => undefined,
    lastTalkEndedAt: (targetId) => memory.lastTalkEndedAt(targetId),
    performanceOf: (calls, prediction) => memory.performanceOf(calls, prediction),
    experienceOf: (calls, asked) => memory.experienceOf(calls, asked),
  };
}
