/** Runs of plans beside live calls, and their choices, in memory, for tests. */
import type { CallRepository } from '../../application/ports/call-repository.js';
import type {
  ChoicePosition,
  ComparedPage,
  ShadowRepository,
  StoredRun,
} from '../../application/ports/shadow-repository.js';
import type { ComparedChoice, ShadowChoice, ShadowRun } from '../../domain/plans/shadow.js';

export class MemoryShadowRepository implements ShadowRepository {
  readonly #calls: Pick<CallRepository, 'find'>;
  readonly #runs = new Map<string, ShadowRun>();
  readonly #choices = new Map<string, ShadowChoice>();

  /** `calls` are what is compared with. */
  constructor(calls: Pick<CallRepository, 'find'>) {
    this.#calls = calls;
  }

  async runs(): Promise<readonly StoredRun[]> {
    const newest = [...this.#runs.values()].sort((left, right) => right.startedAt - left.startedAt);
    return newest.map((run) => ({ run, calls: this.#of(run.id).length }));
  }

  async saveRun(run: ShadowRun): Promise<void> {
    this.#runs.set(run.id, structuredClone(run));
  }

  async saveChoice(choice: ShadowChoice): Promise<void> {
    this.#choices.set(`${choice.runId} ${choice.callId}`, structuredClone(choice));
  }

  async compared(
    runId: string,
    { limit, after }: { readonly limit: number; readonly after: ChoicePosition | null },
  ): Promise<ComparedPage> {
    const left = this.#of(runId).filter((each) => after === null || byPosition(after, each) < 0);
    const page = left.slice(0, limit);
    const last = page.at(-1);
    const choices: ComparedChoice[] = [];
    for (const { callId, replay, failed } of page) {
      const call = (await this.#calls.find(callId))?.call;
      if (call === undefined) continue;
      const { targetId, buyerId, bridgedAt, priceMicros } = call;
      choices.push({ call: { call: { callId, targetId, buyerId, bridgedAt, priceMicros }, failed }, replay });
    }
    const isMore = left.length > page.length && last !== undefined;
    return { choices, next: isMore ? { startedAt: last.startedAt, callId: last.callId } : null };
  }

  async choicesOf(callId: string): Promise<readonly ShadowChoice[]> {
    return [...this.#choices.values()].filter((choice) => choice.callId === callId);
  }

  #of(runId: string): readonly ShadowChoice[] {
    return [...this.#choices.values()].filter((choice) => choice.runId === runId).sort(byPosition);
  }
}

/** Negative when `left` is newer. */
function byPosition(left: ChoicePosition, right: ChoicePosition): number {
  return right.startedAt - left.startedAt || (left.callId > right.callId ? -1 : left.callId < right.callId ? 1 : 0);
}
