/**
 * Follows one call in the database of the running app, by its Call-ID: the record is written while the call goes on, its timeline at the
 * end, its recording after that. Read-only, and looked at a few times a second. The app may be another process, not another machine.
 */
import { existsSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import { CallReads } from '../../adapters/sqlite/call-reads.js';
import { readConfiguration } from '../../adapters/sqlite/configuration-access.js';
import { openForReading } from '../../adapters/sqlite/open-database.js';
import type { CallDetails } from '../../application/ports/call-repository.js';
import { type CallState, isTerminal } from '../../domain/calls/call.js';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';

const LOOK_MS = 100;

export class CallRecord implements Disposable {
  readonly #database: Database;
  readonly #reads: CallReads;
  readonly #idOf: Statement;
  #timer: NodeJS.Timeout | undefined;

  private constructor(database: Database) {
    this.#database = database;
    this.#reads = new CallReads(database);
    this.#idOf = database.prepare('SELECT call_id FROM calls WHERE sip_call_id = ? ORDER BY started_at DESC').pluck();
  }

  /** Null when there is no such file, or none of this program's. */
  static open(file: string): CallRecord | null {
    if (!existsSync(file)) return null;
    try {
      return new CallRecord(openForReading(file));
    } catch {
      return null;
    }
  }

  /** What the app has in force. */
  document(): ConfigurationDocument {
    return readConfiguration(this.#database).document;
  }

  find(sipCallId: string): CallDetails | null {
    const callId = this.#idOf.get(sipCallId);
    return typeof callId === 'string' ? this.#reads.find(callId) : null;
  }

  /** `heard` is told of each state once, until `stop` or the end of the call. */
  follow(sipCallId: string, heard: (state: CallState) => void): void {
    let last: CallState | null = null;
    this.#timer = setInterval(() => {
      const details = this.find(sipCallId);
      if (details === null || details.call.state === last) return;
      last = details.call.state;
      heard(last);
    }, LOOK_MS);
  }

  /** Settles with the record once it is closed and its recording is finished, or with what there is at the limit; null: there is none. */
  async closed(sipCallId: string, limitMs: number): Promise<CallDetails | null> {
    const last = performance.now() + limitMs;
    for (;;) {
      const details = this.find(sipCallId);
      const isOver = details !== null && isTerminal(details.call.state) && details.timeline.length > 0;
      const isRecorded = details?.recordings.every(({ state }) => state !== 'recording') === true;
      if ((isOver && isRecorded) || performance.now() > last) return details;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#database.close();
  }
}
