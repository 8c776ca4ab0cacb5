/** The JSON blocks of docs/configuration-file.md, and a reader with the dialects that come with the system. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_DIALECTS } from '../../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../../src/adapters/bidders/fill-dialect.js';
import {
  type ConfigurationFileOptions,
  type ConfigurationFileResult,
  readConfigurationValue,
} from '../../../src/adapters/config-file/read-configuration-file.js';

export const OPTIONS: ConfigurationFileOptions = { dialects: BUILT_IN_DIALECTS, fillDialect };

function findDocument(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'docs', 'configuration-file.md'))) {
    if (dirname(folder) === folder) throw new Error('there is no docs folder above this test');
    folder = dirname(folder);
  }
  return readFileSync(join(folder, 'docs', 'configuration-file.md'), 'utf8');
}

const BLOCKS = [...findDocument().matchAll(/```json\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

export const EXAMPLE_TEXT = BLOCKS[0] ?? '';
export const DIALECT_TEXT = BLOCKS.find((block) => block.includes('"pingResponse"')) ?? '';

export type Tree = { [key: string]: unknown };

/** The example with one place changed: `campaigns.0.maxHoldMs` and the like; `undefined` removes it. */
export function exampleWith(changes: Readonly<Record<string, unknown>>): Tree {
  const example = JSON.parse(EXAMPLE_TEXT) as Tree;
  for (const [place, value] of Object.entries(changes)) {
    const steps = place.split('.');
    const last = steps.pop() ?? '';
    const holder = steps.reduce((at, step) => at[step] as Tree, example);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return example;
}

export function readChanged(changes: Readonly<Record<string, unknown>>): ConfigurationFileResult {
  return readConfigurationValue(exampleWith(changes), OPTIONS);
}

/** `path: found ..., expected ...` of every fault. */
export function sentences(result: ConfigurationFileResult): readonly string[] {
  if (result.ok) return [];
  return result.faults.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
}
