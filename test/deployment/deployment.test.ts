/**
 * docker/, systemd/, drachtio-conf/, freeswitch-conf/ and src/config agree; and each kind of disagreement is seen, in copies of the
 * folders with one line changed.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/config/package-root.js';
import { putIn, variablesOf } from './compose-file.js';
import { AGREEMENTS } from './deployment-agreement.js';
import { readDeployment } from './deployment-files.js';
import { DISAGREEMENTS } from './known-disagreements.js';
import { SECRET_AGREEMENTS } from './secret-agreement.js';
import { millisecondsOf } from './unit-file.js';

const FOLDERS = ['docker', 'systemd', 'drachtio-conf', 'freeswitch-conf'];

/** Every sentence that a check has, and the one of a file that cannot be read or an environment that the app refuses. */
async function disagreements(folder: string): Promise<readonly string[]> {
  try {
    const files = await readDeployment(folder);
    return [...AGREEMENTS, ...SECRET_AGREEMENTS].flatMap((check) => check(files));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

t.test('ports, paths, profile, secrets, users and limits are the same wherever they are written', async (t) => {
  t.same(await disagreements(packageRoot()), []);
});

async function disagreementsAfter(t: Test, path: string, from: string, to: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-deployment-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of FOLDERS) cpSync(join(packageRoot(), name), join(folder, name), { recursive: true });
  const before = readFileSync(join(folder, path), 'utf8');
  t.ok(before.includes(from), `${path} has ${from}`);
  writeFileSync(
    join(folder, path),
    before.replace(from, () => to),
  );
  return await disagreements(folder);
}

t.test('each kind of disagreement is seen', async (t) => {
  for (const [title, path, from, to, sentence] of DISAGREEMENTS) {
    await t.test(title, async (t) => {
      const found = await disagreementsAfter(t, path, from, to);
      t.ok(
        found.some((one) => sentence.test(one)),
        `${sentence.source} among: ${found.join(' | ')}`,
      );
    });
  }
});

t.test('variables are put in as Compose does it', async (t) => {
  t.equal(putIn('a ${X:-d} ${Y:?say it} $$z', { Y: 'y' }), 'a d y $z');
  t.throws(() => putIn('${Y:?say it}', { Y: '' }), /Y is not set: say it/);
  t.same(variablesOf('${A} ${B:-b} $${C}'), [
    { name: 'A', kind: 'bare', text: '' },
    { name: 'B', kind: 'defaulted', text: 'b' },
  ]);
  t.same(['30s', '500ms', '1m30s', '2min', 'soon'].map(millisecondsOf), [30_000, 500, 90_000, 120_000, Number.NaN]);
});
