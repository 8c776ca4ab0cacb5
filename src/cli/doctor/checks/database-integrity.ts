/** Whether SQLite finds the database whole (PRAGMA quick_check). In a process of its own, which is ended when it takes too long. */
import { stat } from 'node:fs/promises';
import type { Check } from '../check.js';
import { askDatabase } from '../database-facts.js';
import { fault, listed, ok, quoted, SkippedError, warning } from '../finding.js';

export const checkDatabaseIntegrity: Check = {
  name: 'database-integrity',
  async run(context) {
    const { databaseFile } = context.config.files;
    if (!context.hasDatabase) throw new SkippedError(`there is no ${databaseFile} yet`);
    const { size } = await stat(databaseFile);
    const megabytes = `${(size / 1_000_000).toFixed(1)} MB`;
    const limitMs = context.patience.databaseMs;
    const reply = await askDatabase(databaseFile, 'quick-check', limitMs).catch(() => null);
    if (reply === null) {
      const why = limitMs === null ? 'came to no end' : `was not done within ${limitMs / 1_000} s`;
      return warning(
        `the check of ${databaseFile} (${megabytes}) ${why}`,
        `run it when it is quiet: sqlite3 ${databaseFile} "PRAGMA quick_check"`,
      );
    }
    const advice = 'stop the app, keep the file, and restore the last backup';
    if (reply.kind === 'failed') return fault(`${databaseFile} cannot be checked: ${quoted(reply.sentence)}`, advice);
    if (reply.kind !== 'quick-check') throw new Error('the database gave another answer');
    if (reply.lines.length === 1 && reply.lines[0] === 'ok')
      return ok(`SQLite finds ${databaseFile} whole (${megabytes})`);
    return fault(`${databaseFile} is damaged: ${quoted(listed(reply.lines, 3))}`, advice);
  },
};
