/** What earlier calls of a caller came to, for who is no call that is being written: read by the reader thread, as it was when its last write became durable. */
import type { CallerHistories, HistoryQuestion } from '../../application/ports/caller-histories.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import type { StoreRead } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteCallerHistories implements CallerHistories {
  readonly #reader: ThreadLink<StoreRead>;

  constructor(reader: ThreadLink<StoreRead>) {
    this.#reader = reader;
  }

  async of(question: HistoryQuestion): Promise<CallerHistory> {
    return (await this.#reader.request({ kind: 'caller-history', question })) as CallerHistory;
  }
}
