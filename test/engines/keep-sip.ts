/** Writes the SIP of one far end into the folder of transcripts, in the form of test/fixtures/real/sip, when there is such a folder. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SippRun } from '../support/sipp-run.js';

export function keepSip(at: 'caller' | 'buyer', { messages }: SippRun): void {
  const folder = process.env.E2E_TRANSCRIPTS ?? '';
  if (folder === '' || messages.length === 0) return;
  mkdirSync(join(folder, 'sip'), { recursive: true });
  const lines = messages.map(({ direction, text }) =>
    JSON.stringify({ at, direction: direction === 'sent' ? 'out' : 'in', text }),
  );
  appendFileSync(
    join(folder, 'sip', `${basename(process.argv[1] ?? 'unnamed', '.test.js')}.jsonl`),
    `${lines.join('\n')}\n`,
  );
}
