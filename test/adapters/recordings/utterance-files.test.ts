// What callers answer by voice lies in files for seconds alone, and nothing of it survives a process.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { createUtteranceFiles } from '../../../src/adapters/recordings/utterance-files.js';

t.test('a file is read, removed, and removed again without harm', async (t) => {
  const folder = join(t.testdir(), 'recordings');
  const files = createUtteranceFiles(folder);
  const path = await files.newPath();
  t.not(path, await files.newPath());
  t.equal(dirname(path), join(folder, 'utterances'));
  t.equal(statSync(dirname(path)).mode & 0o007, 0, 'nobody else may look');
  await t.rejects(files.read(path), /ENOENT/);
  writeFileSync(path, 'RIFF');
  t.same(Buffer.from(await files.read(path)).toString(), 'RIFF');
  await files.remove(path);
  await files.remove(path);
  t.same(readdirSync(dirname(path)), []);
});

t.test('a file that is longer than any answer is not read', async (t) => {
  const files = createUtteranceFiles(t.testdir());
  const path = await files.newPath();
  writeFileSync(path, Buffer.alloc(1_000_001));
  await t.rejects(files.read(path), /1000001 bytes/);
});

t.test('what an earlier process has left is removed, and nothing else', async (t) => {
  const folder = t.testdir();
  const files = createUtteranceFiles(folder);
  await files.clear();
  const path = await files.newPath();
  writeFileSync(path, 'RIFF');
  writeFileSync(join(dirname(path), 'note.txt'), 'kept');
  mkdirSync(join(dirname(path), 'folder.wav'));
  writeFileSync(join(folder, 'call.wav'), 'RIFF');
  await files.clear();
  t.same(readdirSync(dirname(path)).sort(), ['folder.wav', 'note.txt']);
  t.notOk(readdirSync(dirname(path)).includes(basename(path)));
  t.ok(readdirSync(folder).includes('call.wav'));
});

t.test('a folder that cannot be made is a fault of the one who asks', async (t) => {
  const folder = t.testdir({ file: '' });
  const files = createUtteranceFiles(join(folder, 'file'));
  await t.rejects(files.newPath());
  await files.clear();
});
