/** The thread that alone writes to the database: every group of queued writes is one transaction and one fsync. */
import { workerData } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { assertNever } from '../../domain/assert-never.js';
import { writeApi } from './api-access.js';
import { CallWrites } from './call-writes.js';
import { writeCallerList } from './caller-list-access.js';
import { applyConfiguration, putConfiguration, removeConfiguration } from './configuration-access.js';
import { type DatabaseWork, serveDatabase } from './database-thread.js';
import { writeFax } from './fax-access.js';
import { GroupCommit } from './group-commit.js';
import { LeaseWrites } from './lease-writes.js';
import { migrate, readMigrations } from './migrate.js';
import { openForWriting } from './open-database.js';
import { writePlan } from './plan-access.js';
import { writePublisher } from './publisher-access.js';
import { writeShadow } from './shadow-access.js';
import { type StoreWrite, wireErrorOf } from './store-requests.js';

export interface WriterThreadData {
  readonly file: string;
  readonly migrationsFolder: string;
}

interface Tables {
  readonly database: Database;
  readonly calls: CallWrites;
  readonly lease: LeaseWrites;
}

function execute({ database, calls, lease }: Tables, write: StoreWrite): unknown {
  switch (write.kind) {
    case 'open-call':
    case 'save-call':
    case 'save-leg':
    case 'close-call':
    case 'append-timeline':
    case 'save-recording':
    case 'settle-delivery':
      lease.guard();
      return writeCall(calls, write);
    case 'apply-configuration':
      return applyConfiguration(database, write.document, write.author);
    case 'put-configuration':
      return putConfiguration(database, write);
    case 'remove-configuration':
      return removeConfiguration(database, write);
    case 'api':
      return writeApi(database, write.write);
    case 'publisher':
      // Who may not write calls may not take up what one is promised.
      if (write.write.kind === 'take') lease.guard();
      return writePublisher(database, write.write);
    case 'plan':
      return writePlan(database, write.write);
    case 'shadow':
      return writeShadow(database, write.write);
    case 'fax':
      return writeFax(database, write.write);
    case 'caller-list':
      return writeCallerList(database, write.write);
    case 'lease':
      return lease.run(write.write);
    case 'probe':
      return database.exec('UPDATE configuration_version SET changed_at = changed_at') && null;
    default:
      return assertNever(write);
  }
}

type CallWrite = Extract<
  StoreWrite,
  {
    kind:
      | 'open-call'
      | 'save-call'
      | 'save-leg'
      | 'close-call'
      | 'append-timeline'
      | 'save-recording'
      | 'settle-delivery';
  }
>;

function writeCall(calls: CallWrites, write: CallWrite): unknown {
  switch (write.kind) {
    case 'open-call':
      return calls.open(write.call, write.asked);
    case 'save-call':
      return calls.save(write.call, write.progress);
    case 'save-leg':
      return calls.saveLeg(write.leg);
    case 'close-call':
      return calls.close(write.closing);
    case 'append-timeline':
      return calls.appendTimeline(write.callId, write.entries);
    case 'save-recording':
      return calls.saveRecording(write.recording, write.told);
    case 'settle-delivery':
      return calls.settleDelivery(write.delivery);
    default:
      return assertNever(write);
  }
}

function openWriter({ file, migrationsFolder }: WriterThreadData): DatabaseWork<StoreWrite> {
  const migrations = readMigrations(migrationsFolder);
  const database = openForWriting(file);
  try {
    migrate(database, migrations);
    const tables = { database, calls: new CallWrites(database), lease: new LeaseWrites(database) };
    const groups = new GroupCommit<StoreWrite>(database, (write) => execute(tables, write));
    return {
      run(group) {
        const results = groups.run(group.map(({ body }) => body));
        return group.map(({ requestId }, index) => {
          const result = results[index];
          if (result?.isDone) return { requestId, isDone: true, value: result.value };
          return { requestId, isDone: false, error: wireErrorOf(result?.error) };
        });
      },
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

serveDatabase(() => openWriter(workerData as WriterThreadData));
