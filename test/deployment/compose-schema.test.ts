/** docker/compose.yaml is a Compose file: held to the schema that the Compose project publishes (test/fixtures/compose-spec). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
import { parseCompose } from './compose-file.js';

const schema = JSON.parse(readFileSync(join(packageRoot(), 'test/fixtures/compose-spec/compose-spec.json'), 'utf8'));
// The schema names its draft by another address than ajv does, and its formats (durations, ports) are those of a Go program.
const isCompose = new Ajv({ strict: false, validateSchema: false, validateFormats: false }).compile(schema);

type Fields = Record<string, unknown>;

const read = (): Fields & { services: Record<string, Fields> } =>
  parseCompose(join(packageRoot(), 'docker/compose.yaml')) as Fields & { services: Record<string, Fields> };

t.test('docker/compose.yaml is what the published schema says', async (t) => {
  t.ok(isCompose(read()), JSON.stringify(isCompose.errors, null, 2));
});

t.test('the schema sees a misspelt key, a wrong type and a block that is not there', async (t) => {
  const misspelt = read();
  misspelt.services.app = { ...misspelt.services.app, restrat: 'always' };
  t.notOk(isCompose(misspelt), 'restrat');
  const wrong = read();
  wrong.services.app = { ...wrong.services.app, cap_drop: 'ALL' };
  t.notOk(isCompose(wrong), 'a text where a list belongs');
  t.notOk(isCompose({ ...read(), service: {} }), 'service in place of services');
});
