/** The reference of environment variables in docs/ is what the schemas say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { renderConfigTable } from '../../src/config/config-table.js';
import { VARIABLE_NAMES, VARIABLES } from '../../src/config/env.js';
import { packageRoot } from '../../src/config/package-root.js';

t.test('docs/configuration.md is up to date; if not, run npm run config:table', async (t) => {
  t.equal(readFileSync(join(packageRoot(), 'docs/configuration.md'), 'utf8'), renderConfigTable());
});

t.test('every variable says what it means, and every duration and size its unit', async (t) => {
  for (const name of VARIABLE_NAMES) {
    const schema: object = VARIABLES.properties[name];
    t.ok('description' in schema && 'group' in schema, name);
    const unit = name.endsWith('_MS') ? 'ms' : name.endsWith('_MB') ? 'MB' : null;
    if (unit !== null) t.match(schema, { unit }, name);
    t.ok('default' in schema || 'derived' in schema, `${name} has a default, fixed or derived`);
  }
});
