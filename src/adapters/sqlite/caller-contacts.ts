/** Contacts of callers as prepared statements: written with the call that makes one, read with the call that asks, or by the reader thread. */
import type { Database, Statement } from 'better-sqlite3';
import {
  CONTACTS_MAX,
  type HistoryQuestion,
  RECENT_CALLS_MAX,
  REPEAT_CALLS_MAX,
} from '../../application/ports/caller-histories.js';
import { type CallerContact, type CallerHistory, contactOf } from '../../domain/callers/caller-history.js';
import type { Call } from '../../domain/calls/call.js';

/** Writing the same contact again, as each checkpoint of a talk does, changes nothing. */
export class ContactWrites {
  readonly #put: Statement;

  constructor(database: Database) {
    this.#put = database.prepare(
      `INSERT INTO caller_contacts
         (caller_number, campaign_id, target_id, buyer_id, first_connected_at, last_connected_at, last_converted_at)
       VALUES (@callerNumber, @campaignId, @targetId, @buyerId, @connectedAt, @connectedAt, @convertedAt)
       ON CONFLICT (caller_number, campaign_id, target_id) DO UPDATE SET
         buyer_id = excluded.buyer_id,
         first_connected_at = min(first_connected_at, excluded.first_connected_at),
         last_connected_at = max(last_connected_at, excluded.last_connected_at),
         last_converted_at = max(coalesce(last_converted_at, excluded.last_converted_at),
           coalesce(excluded.last_converted_at, last_converted_at))`,
    );
  }

  keep(call: Call): void {
    const contact = contactOf(call);
    if (contact !== null) this.#put.run(contact);
  }
}

export class ContactReads {
  readonly #contacts: Statement;
  readonly #lastCalled: Statement;
  readonly #recent: Statement;

  constructor(database: Database) {
    this.#contacts = database.prepare(
      `SELECT target_id AS targetId, buyer_id AS buyerId, first_connected_at AS firstConnectedAt,
         last_connected_at AS lastConnectedAt, last_converted_at AS lastConvertedAt
       FROM caller_contacts WHERE caller_number = @callerNumber AND campaign_id = @campaignId
       ORDER BY last_connected_at DESC, target_id LIMIT ${CONTACTS_MAX}`,
    );
    this.#lastCalled = database
      .prepare(
        `SELECT max(started_at) FROM (
           SELECT call_id, called_number, started_at FROM calls WHERE caller_number = @callerNumber
           ORDER BY started_at DESC, call_id DESC LIMIT ${REPEAT_CALLS_MAX})
         WHERE called_number = @calledNumber AND call_id IS NOT @callId`,
      )
      .pluck();
    this.#recent = database
      .prepare(
        `SELECT count(*) FROM (
           SELECT call_id, campaign_id FROM calls WHERE caller_number = @callerNumber AND started_at >= @countedSince
           ORDER BY started_at DESC, call_id DESC LIMIT ${RECENT_CALLS_MAX})
         WHERE campaign_id = @campaignId AND call_id IS NOT @callId`,
      )
      .pluck();
  }

  of(question: HistoryQuestion): CallerHistory {
    const contacts = this.#contacts.all(question) as CallerContact[];
    const lastCalledAt = this.#lastCalled.get(question) as number | null;
    const recentCalls = question.countedSince === null ? 0 : (this.#recent.get(question) as number);
    return { isKnown: true, contacts, lastCalledAt, recentCalls };
  }
}
