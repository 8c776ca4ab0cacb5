// kill -9 in the middle of writes: what had settled is there afterwards, and no closing is half written.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { CallDetails } from '../../../src/application/ports/call-repository.js';
import { isTerminal } from '../../../src/domain/calls/call.js';
import { MIGRATIONS_FOLDER, openStore, temporaryFolder } from './temporary-store.js';

/** Lines that the program reported before it was killed with signal 9 in the middle of its work. */
async function writeUntilKilled(file: string, afterLines: number): Promise<readonly string[]> {
  const program = fileURLToPath(new URL('./crashing-writer.js', import.meta.url));
  const child = spawn(process.execPath, [program, file, MIGRATIONS_FOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.split('\n').length > afterLines) child.kill('SIGKILL');
  }
  return output.split('\n').slice(0, -1);
}

/** What is wrong with a stored call, given what its writer was told; null when nothing is. */
function faultOf(details: CallDetails | null, reported: ReadonlySet<string>): string | null {
  if (details === null) return reported.size === 0 ? null : 'lost';
  const isEnded = isTerminal(details.call.state);
  if (reported.has('answered') && details.legs.length !== 1) return 'its leg is lost';
  if (reported.has('answered') && details.call.state === 'received') return 'its answer is lost';
  if (reported.has('closed') && !isEnded) return 'its end is lost';
  const rows = [details.ledger.length, details.timeline.length, details.bids.length, details.trace === null ? 0 : 1];
  const expected = isEnded ? [2, 3, 2, 1] : [0, 0, 0, 0];
  return rows.join() === expected.join() ? null : `it is ${details.call.state} with rows ${rows.join()}`;
}

for (const afterLines of [1, 150, 600]) {
  await t.test(
    `killed after ${afterLines} settled writes: none of them is lost, no closing is written by halves`,
    async (t) => {
      const file = join(temporaryFolder(t), 'ringpost.sqlite');
      const lines = await writeUntilKilled(file, afterLines);
      t.ok(lines.length >= afterLines, `${lines.length} writes had settled`);
      const reports = new Map<string, Set<string>>();
      for (const line of lines) {
        const [step = '', callId = ''] = line.split(' ');
        reports.set(callId, (reports.get(callId) ?? new Set()).add(step));
      }
      const { calls } = await openStore(t, file);
      for (const { callId } of await calls.list({ limit: 1_000, before: null })) {
        if (!reports.has(callId)) reports.set(callId, new Set());
      }
      for (const call of await calls.unfinished()) t.notOk(reports.get(call.callId)?.has('closed'));
      const faults: string[] = [];
      for (const [callId, reported] of reports) {
        const fault = faultOf(await calls.find(callId), reported);
        if (fault !== null) faults.push(`${callId}: ${fault}`);
      }
      t.same(faults, []);
    },
  );
}
