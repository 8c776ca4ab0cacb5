/** Whether the database opens, has the migrations of this program, and its log is folded into it now and then. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readMigrations } from '../../../adapters/sqlite/migrate.js';
import { packageRoot } from '../../../config/package-root.js';
import type { Check } from '../check.js';
import { fault, ok, SkippedError, sentenceOf, warning } from '../finding.js';

const BYTES_PER_MB = 1_000_000;
/** SQLite folds the log in at 4 MB; far more than that and some reader never ends. */
const LARGE_LOG_BYTES = 64 * BYTES_PER_MB;

export const checkDatabase: Check = {
  name: 'database',
  async run(context) {
    const { databaseFile } = context.config.files;
    const facts = await context.databaseFacts().catch((error: unknown) => error);
    if (facts instanceof SkippedError) throw facts;
    if (facts instanceof Error || typeof facts !== 'object' || facts === null || !('migrations' in facts))
      return fault(
        `${databaseFile} cannot be read: ${sentenceOf(facts)}`,
        'check the owner of the file, or restore the last backup',
      );
    const { migrations } = await context.databaseFacts();
    const known = readMigrations(join(packageRoot(), 'migrations'));
    const newest = migrations.at(-1);
    if (newest === undefined)
      return fault(
        `${databaseFile} holds no migrations: it is no database of Ringpost`,
        'name another file in RINGPOST_DATABASE_FILE',
      );
    if (newest.number > known.length) {
      return fault(
        `${databaseFile} has migration ${newest.number} (${newest.name}) and this program knows ${known.length}`,
        'start the newer program, or restore the backup that was made before it',
      );
    }
    const changed = migrations.find(({ number, checksum }) => known[number - 1]?.checksum !== checksum);
    if (changed !== undefined)
      return fault(
        `migration ${changed.number} was changed after ${databaseFile} had been made with it`,
        'put its old text back and write a new migration',
      );
    if (newest.number < known.length)
      return warning(
        `${databaseFile} has ${newest.number} of ${known.length} migrations`,
        'copy the file, then start the app: it brings the database up to date',
      );
    const log = await stat(`${databaseFile}-wal`).then(
      ({ size }) => size,
      () => 0,
    );
    if (log > LARGE_LOG_BYTES)
      return warning(
        `the log beside ${databaseFile} has grown to ${Math.round(log / BYTES_PER_MB)} MB`,
        'end whatever reads the database without end, then restart the app',
      );
    return ok(`${databaseFile} has all ${known.length} migrations; its log has ${(log / BYTES_PER_MB).toFixed(1)} MB`);
  },
};
