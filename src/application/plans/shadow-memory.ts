/**
 * What a shadow knows of earlier calls. Where the call itself asked, it is told what the call was told, so that a plan that runs
 * beside itself chooses the same; of groups to which only the shadow comes it counts turns of its own. Takes no turn of the calls.
 */
import type { Prediction } from '../../domain/plans/plan.js';
import type { CallsOf, Experience, Performance, PlanMemory } from '../../domain/plans/plan-memory.js';

/** Stands between a call's walk and the memory, and keeps each first answer. The walk gets what it would have got. */
export class HeardMemory implements PlanMemory {
  readonly #memory: PlanMemory;
  readonly #turns = new Map<string, number>();
  readonly #talkEnds = new Map<string, number | null>();
  readonly #performances = new Map<string, Performance>();
  readonly #experiences = new Map<string, Experience>();

  constructor(memory: PlanMemory) {
    this.#memory = memory;
  }

  lastTurn(groupKey: string, memberKey: string): number {
    const turn = this.#memory.lastTurn(groupKey, memberKey);
    const key = turnKey(groupKey, memberKey);
    if (!this.#turns.has(key)) this.#turns.set(key, turn);
    return turn;
  }

  takeTurn(groupKey: string, memberKey: string): () => void {
    return this.#memory.takeTurn(groupKey, memberKey);
  }

  lastTalkEndedAt(targetId: string): number | null {
    const endedAt = this.#memory.lastTalkEndedAt(targetId);
    if (!this.#talkEnds.has(targetId)) this.#talkEnds.set(targetId, endedAt);
    return endedAt;
  }

  performanceOf(calls: CallsOf, prediction: Prediction): Performance {
    const performance = this.#memory.performanceOf(calls, prediction);
    const key = performanceKey(calls, prediction);
    if (!this.#performances.has(key)) this.#performances.set(key, performance);
    return performance;
  }

  experienceOf(calls: CallsOf, asked: Pick<Prediction, 'lastCalls' | 'within'>): Experience {
    const experience = this.#memory.experienceOf(calls, asked);
    const key = experienceKey(calls, asked);
    if (!this.#experiences.has(key)) this.#experiences.set(key, experience);
    return experience;
  }

  /** What the walk of the call was told, in place of what is known now. */
  again(turns: ShadowTurns): PlanMemory {
    return {
      lastTurn: (groupKey, memberKey) =>
        this.#turns.get(turnKey(groupKey, memberKey)) ?? turns.last(this.#memory, groupKey, memberKey),
      takeTurn: (groupKey, memberKey) => turns.take(groupKey, memberKey),
      lastTalkEndedAt: (targetId) => {
        const heard = this.#talkEnds.get(targetId);
        return heard === undefined ? this.#memory.lastTalkEndedAt(targetId) : heard;
      },
      performanceOf: (calls, prediction) =>
        this.#performances.get(performanceKey(calls, prediction)) ?? this.#memory.performanceOf(calls, prediction),
      experienceOf: (calls, asked) =>
        this.#experiences.get(experienceKey(calls, asked)) ?? this.#memory.experienceOf(calls, asked),
    };
  }
}

/** Turns of one run, as long as the process lives. */
export class ShadowTurns {
  readonly #turns = new Map<string, number>();
  #latest = 0;

  last(memory: PlanMemory, groupKey: string, memberKey: string): number {
    const turn = this.#turns.get(turnKey(groupKey, memberKey)) ?? memory.lastTurn(groupKey, memberKey);
    this.#latest = Math.max(this.#latest, turn);
    return turn;
  }

  take(groupKey: string, memberKey: string): () => void {
    const key = turnKey(groupKey, memberKey);
    const before = this.#turns.get(key);
    this.#latest += 1;
    this.#turns.set(key, this.#latest);
    return () => {
      if (before === undefined) this.#turns.delete(key);
      else this.#turns.set(key, before);
    };
  }
}

const turnKey = (groupKey: string, memberKey: string): string => `${groupKey} ${memberKey}`;

function experienceKey(
  { targetId, campaignId, sourceId }: CallsOf,
  { lastCalls, within }: Pick<Prediction, 'lastCalls' | 'within'>,
): string {
  return JSON.stringify([targetId, campaignId, sourceId, lastCalls, within]);
}

function performanceKey({ targetId, buyerId, campaignId, sourceId }: CallsOf, prediction: Prediction): string {
  const { per, within, counts, lastCalls } = prediction;
  return JSON.stringify([per === 'target' ? targetId : buyerId, campaignId, sourceId, per, within, counts, lastCalls]);
}

/** Numbers that are drawn for a call, kept so that the shadow draws the same ones before it draws its own. */
export class HeardChance {
  readonly #random: () => number;
  readonly #drawn: number[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  readonly draw = (): number => {
    const drawn = this.#random();
    this.#drawn.push(drawn);
    return drawn;
  };

  again(): () => number {
    const drawn = this.#drawn.values();
    return () => drawn.next().value ?? this.#random();
  }
}
