/**
 * Writes docs/configuration.md, the reference of all environment variables, from their schemas. `npm run config:table` runs it; a
 * test fails while the file is not what it would write.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderConfigTable } from '../config/config-table.js';
import { packageRoot } from '../config/package-root.js';

const path = join(packageRoot(), 'docs/configuration.md');
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, renderConfigTable());
console.log(`wrote ${path}`);
