/** Runs of plans beside live calls, and their choices, in SQLite. */
import type {
  ChoicePosition,
  ComparedPage,
  ShadowRepository,
  StoredRun,
} from '../../application/ports/shadow-repository.js';
import type { ShadowChoice, ShadowRun } from '../../domain/plans/shadow.js';
import type { ShadowRead, ShadowWrite } from './shadow-access.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteShadowRepository implements ShadowRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async runs(): Promise<readonly StoredRun[]> {
    return (await this.#read({ kind: 'shadow-runs' })) as readonly StoredRun[];
  }

  async saveRun(run: ShadowRun): Promise<void> {
    await this.#write({ kind: 'save-run', run });
  }

  async saveChoice(choice: ShadowChoice): Promise<void> {
    await this.#write({ kind: 'save-choice', choice });
  }

  async compared(
    runId: string,
    { limit, after }: { readonly limit: number; readonly after: ChoicePosition | null },
  ): Promise<ComparedPage> {
    return (await this.#read({ kind: 'compared', runId, limit, after })) as ComparedPage;
  }

  async choicesOf(callId: string): Promise<readonly ShadowChoice[]> {
    return (await this.#read({ kind: 'choices-of-call', callId })) as readonly ShadowChoice[];
  }

  async #read(read: ShadowRead): Promise<unknown> {
    return await this.#reader.request({ kind: 'shadow', read });
  }

  async #write(write: ShadowWrite): Promise<void> {
    await this.#writer.request({ kind: 'shadow', write });
  }
}
