/**
 * What the doctor knows of the database: read in a process of its own and never written. A check of a large file takes long and cannot be
 * interrupted inside this process; the child is ended at the deadline.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';

export interface DatabaseFacts {
  /** In order, as the file says they were applied. */
  readonly migrations: readonly { readonly number: number; readonly name: string; readonly checksum: string }[];
  /** Latest moment that any row names, ms since 1970; null in an empty database. */
  readonly latestMs: number | null;
  /** Null when its tables are not those of this program. */
  readonly document: ConfigurationDocument | null;
}

export type DatabaseQuestion = 'facts' | 'quick-check';

export type DatabaseReply =
  | { readonly kind: 'facts'; readonly facts: DatabaseFacts }
  | { readonly kind: 'quick-check'; readonly lines: readonly string[] }
  | { readonly kind: 'failed'; readonly sentence: string };

const READER = fileURLToPath(new URL('./database-worker.js', import.meta.url));

/** Rejects with a sentence when the child ends without a reply; `limitMs` later it is ended, or never (null). */
export function askDatabase(file: string, question: DatabaseQuestion, limitMs: number | null): Promise<DatabaseReply> {
  const child = fork(READER, [question, file], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
  const timer = limitMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise<DatabaseReply>((resolve, reject) => {
    let signal: NodeJS.Signals | null = null;
    // The end of a process may be heard of before what it said last: both ends must have come.
    const ends = new Set(['exit', 'disconnect']);
    const end = (which: string): void => {
      ends.delete(which);
      if (ends.size > 0) return;
      clearTimeout(timer);
      reject(new Error(signal === 'SIGKILL' ? 'it was not done in time' : 'the process that reads it ended'));
    };
    child.on('message', (reply) => resolve(reply as DatabaseReply));
    child.on('error', reject);
    child.on('disconnect', () => end('disconnect'));
    child.on('exit', (_code, killedBy) => {
      signal = killedBy;
      end('exit');
    });
  });
}
