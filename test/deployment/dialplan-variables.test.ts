/**
 * A variable that nobody sets is empty, and FreeSWITCH then plays nothing without a word. So whatever of ours the dialplan reads is set by
 * itself or by the app, under the very name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/config/package-root.js';

const DIALPLAN = readFileSync(join(packageRoot(), 'freeswitch-conf/dialplan/ringpost.xml'), 'utf8');
const TELEPHONY = join(packageRoot(), 'src/adapters/telephony');
const APP = readdirSync(TELEPHONY, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(TELEPHONY, name), 'utf8'))
  .join('\n');

function read(pattern: RegExp): readonly string[] {
  return [...new Set([...DIALPLAN.matchAll(pattern)].map(([, name = '']) => name))];
}

function sets(text: string, name: string, before: string, behind: string): boolean {
  return new RegExp(`${before}${name}${behind}`).test(text);
}

t.test('each variable that the dialplan reads is set in it or by the app', async (t) => {
  const names = read(/\$\{(ringpost_\w+)\}/g);
  t.ok(names.length > 5, `${names.length} variables`);
  for (const name of names) {
    t.ok(sets(DIALPLAN, name, '[;"]', '=') || sets(APP, name, "['` ]", '\\b'), name);
  }
});

t.test('each header that the dialplan reads is sent by the app', async (t) => {
  const names = read(/\$\{sip_h_(X-Ringpost-[\w-]+)\}/g);
  t.ok(names.length > 5, `${names.length} headers`);
  for (const name of names) t.ok(sets(APP, name, '', '\\b'), name);
});
