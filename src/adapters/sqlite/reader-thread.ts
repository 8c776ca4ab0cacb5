/** The thread that reads, with a read-only handle of its own: a slow read holds up neither SIP nor a write. */
import { workerData } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { assertNever } from '../../domain/assert-never.js';
import { readApi } from './api-access.js';
import { CallReads } from './call-reads.js';
import { ContactReads } from './caller-contacts.js';
import { readCallerList } from './caller-list-access.js';
import { readConfiguration } from './configuration-access.js';
import { type DatabaseWork, replyOf, serveDatabase } from './database-thread.js';
import { readFaxes } from './fax-access.js';
import { openForReading } from './open-database.js';
import { readPlans } from './plan-access.js';
import { readPublisher } from './publisher-access.js';
import { readShadows } from './shadow-access.js';
import type { StoreRead } from './store-requests.js';

export interface ReaderThreadData {
  readonly file: string;
}

interface Tables {
  readonly database: Database;
  readonly calls: CallReads;
  readonly contacts: ContactReads;
}

function read({ database, calls, contacts }: Tables, request: StoreRead): unknown {
  switch (request.kind) {
    case 'find-call':
      return calls.find(request.callId);
    case 'list-calls':
      return calls.list(request.limit, request.before);
    case 'search-calls':
      return calls.search(request.filter, request.limit, request.after);
    case 'logged-calls':
      return calls.logged(request.filter, request.limit, request.after);
    case 'logged-call':
      return calls.loggedCall(request.callId);
    case 'caller-list':
      return readCallerList(database);
    case 'caller-history':
      return contacts.of(request.question);
    case 'find-recording':
      return calls.findRecording(request.recordingId);
    case 'unfinished-calls':
      return calls.unfinished();
    case 'cap-uses':
      return calls.capUses();
    case 'target-dials':
      return calls.targetDials(request.perTarget);
    case 'continuations':
      return calls.continuations();
    case 'unfinished-recordings':
      return calls.unfinishedRecordings();
    case 'due-deliveries':
      return calls.dueDeliveries(request.at, request.limit);
    case 'configuration':
      return database.transaction(() => readConfiguration(database))();
    case 'api':
      return readApi(database, request.read);
    case 'publisher':
      return readPublisher(database, request.read);
    case 'plan':
      return readPlans(database, request.read);
    case 'shadow':
      return readShadows(database, request.read);
    case 'fax':
      return readFaxes(database, request.read);
    case 'probe':
      return database.prepare('SELECT version FROM configuration_version').pluck().get();
    default:
      return assertNever(request);
  }
}

function openReader({ file }: ReaderThreadData): DatabaseWork<StoreRead> {
  const database = openForReading(file);
  const tables = { database, calls: new CallReads(database), contacts: new ContactReads(database) };
  return {
    run: (group) => group.map(({ requestId, body }) => replyOf(requestId, () => read(tables, body))),
    close: () => database.close(),
  };
}

serveDatabase(() => openReader(workerData as ReaderThreadData));
