/**
 * A program that writes calls as fast as it can and reports on its standard output what has settled, until it is killed.
 * Started by crash.test.ts with the database file and the migrations folder.
 */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { createIdSource } from '../../../src/adapters/system/id-source.js';
import { answeredCall, closingOf, endedCall, legOf, receivedCall } from '../../contract/call-samples.js';

const PARALLEL_CALLS = 40;
const [, , file = '', migrationsFolder = ''] = process.argv;
const { calls } = await openSqliteStore({ file, migrationsFolder });
const ids = createIdSource();

/** Written before anything else happens, so that the parent knows of every promise that settled. */
function report(step: string, callId: string): void {
  writeSync(1, `${step} ${callId}\n`);
}

async function placeCalls(): Promise<never> {
  for (;;) {
    const received = receivedCall(ids.newId());
    const { callId } = received;
    await calls.open(received);
    report('opened', callId);
    const answered = answeredCall(received);
    await Promise.all([calls.save(answered), calls.saveLeg(legOf(answered, 'a'))]);
    report('answered', callId);
    await calls.close(closingOf(endedCall(answered)));
    report('closed', callId);
  }
}

await Promise.all(Array.from({ length: PARALLEL_CALLS }, placeCalls));
