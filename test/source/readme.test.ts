/** What README.md says about the embedded switch is what the embedded switch says about itself. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
import { DRACHTIO_DIFFERENCES } from '../../src/embedded/drachtio/differences.js';
import { FREESWITCH_DIFFERENCES } from '../../src/embedded/freeswitch/differences.js';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

t.test('README.md lists every limit that ringpost switch prints, and no other', async (t) => {
  const listed = readme.slice(readme.indexOf('## Limits of the embedded switch'), readme.indexOf('## Licence'));
  const sentences = [...listed.matchAll(/^\* (.*)$/gm)].map((match) => match[1]);
  t.same(sentences, [...DRACHTIO_DIFFERENCES, ...FREESWITCH_DIFFERENCES]);
});

t.test('every file that README.md links to exists', async (t) => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
  t.ok(links.length > 3);
  for (const link of links) t.ok(existsSync(join(packageRoot(), link)), link);
});
