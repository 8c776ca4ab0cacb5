// The folder of sounds for single calls keeps a number of files, and lets go of those that nobody has asked for the longest.
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SoundShelf } from '../../../src/adapters/speech/sound-shelf.js';

t.test('the one that was asked for last stays, across a restart too', async (t) => {
  const folder = join(t.testdir(), 'calls');
  const shelf = new SoundShelf(folder, 3);
  await shelf.open();
  await shelf.make();
  const put = async (name: string) => {
    writeFileSync(shelf.pathOf(name), name);
    await shelf.add(shelf.pathOf(name));
  };
  for (const name of ['a', 'b', 'c']) await put(name);
  t.ok(shelf.has(shelf.pathOf('a')));
  await put('d');
  t.same(readdirSync(folder).sort(), ['a.wav', 'c.wav', 'd.wav']);
  t.notOk(shelf.has(shelf.pathOf('b')));
  for (const [index, name] of ['d', 'c', 'a'].entries()) utimesSync(shelf.pathOf(name), index + 1, index + 1);
  const next = new SoundShelf(folder, 2);
  await next.open();
  t.same(readdirSync(folder).sort(), ['a.wav', 'c.wav']);
});
