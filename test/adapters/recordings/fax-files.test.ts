// The PDF of a fax: made of what a media server leaves, refused of anything else, and opened only under its own name.
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createFaxFiles } from '../../../src/adapters/recordings/fax-files.js';
import type { Fax } from '../../../src/domain/calls/fax.js';
import { faxTiff } from '../../support/fax-page.js';
import { missingProgram } from '../../support/installed-program.js';

const files = createFaxFiles();

t.test('two pages make a PDF of two pages beside the TIFF', { skip: missingProgram('tiff2pdf') }, async (t) => {
  const tiffPath = join(t.testdir(), 'c1-f1.tif');
  writeFileSync(tiffPath, faxTiff(2));
  const made = await files.toPdf(tiffPath);
  const pdfPath = tiffPath.replace('.tif', '.pdf');
  t.same(made, { kind: 'ready', pdfPath });
  const pdf = readFileSync(pdfPath, 'latin1');
  t.match(pdf, /^%PDF-/);
  t.equal(pdf.match(/\/Type ?\/Page\b/g)?.length, 2);
  t.ok(existsSync(tiffPath), 'the TIFF stays');
});

t.test(
  'no file, an empty one and garbage make none, and leave nothing behind',
  { skip: missingProgram('tiff2pdf') },
  async (t) => {
    const folder = t.testdir({ 'empty.tif': '', 'garbage.tif': 'II*\0garbage that is no image' });
    const gone = { kind: 'failed', reason: 'the media server left no file' };
    t.same(await files.toPdf(join(folder, 'gone.tif')), gone);
    t.same(await files.toPdf(join(folder, 'empty.tif')), gone);
    t.match(await files.toPdf(join(folder, 'garbage.tif')), { kind: 'failed', reason: /no PDF: / });
    for (const name of ['garbage.pdf', 'garbage.pdf.part']) t.notOk(existsSync(join(folder, name)), name);
  },
);

t.test('only a plain file that bears the name of its fax is opened', async (t) => {
  const folder = t.testdir({ 'c1-f1.pdf': '%PDF-', 'other.pdf': 'secret' });
  const fax = { id: 'f1', callId: 'c1', pdfPath: join(folder, 'c1-f1.pdf') } as Fax;
  const opened = await files.openPdf(fax);
  t.equal(opened?.sizeBytes, 5);
  await opened?.close();
  t.equal(await files.openPdf({ ...fax, pdfPath: join(folder, 'other.pdf') }), null);
  t.equal(await files.openPdf({ ...fax, pdfPath: null }), null);
  symlinkSync(join(folder, 'other.pdf'), join(folder, 'c1-f2.pdf'));
  t.equal(await files.openPdf({ ...fax, id: 'f2', pdfPath: join(folder, 'c1-f2.pdf') }), null);
});
