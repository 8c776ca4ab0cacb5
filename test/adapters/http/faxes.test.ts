// Faxes over the API: listed and masked, a link to the PDF, and what is refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Fax } from '../../../src/domain/calls/fax.js';
import { CallApi } from './call-api.js';

const faxOf = (id: string, changes: Partial<Fax> = {}): Fax => ({
  ...{ id, callId: 'c1', didId: 'did-1', campaignId: 'roofing', state: 'failed', startedAt: 1_000 },
  ...{ callerNumber: '+13105550123', senderStation: '13105550123', pages: 0, rate: null, isT38: false },
  ...{ tiffPath: '/recordings/secret.tif', pdfPath: null, failure: 'the fax has no page' },
  ...changes,
});

async function keep(t: Test, rows: readonly Fax[]) {
  const api = await CallApi.start(t);
  for (const row of rows) await api.faxes.save(row);
  return api;
}

t.test('faxes are listed page by page, without paths, and without numbers for whoever may not see them', async (t) => {
  const api = await keep(t, [faxOf('f1'), faxOf('f2'), faxOf('f3')]);
  const key = await api.key('recordings:read');
  const first = await api.ask('/api/v1/faxes?limit=2', key);
  t.match(first.json, { items: [{ id: 'f3' }, { id: 'f2', state: 'failed', failure: 'the fax has no page' }] });
  t.notMatch(first.text, /secret\.tif|3105550123/);
  const { nextCursor } = first.json as { nextCursor: string };
  const second = await api.ask(`/api/v1/faxes?limit=2&cursor=${nextCursor}`, key);
  t.match(second.json, { items: [{ id: 'f1' }], nextCursor: null });
  const full = await api.ask('/api/v1/faxes/f1', await api.key('recordings:read', 'calls:read-numbers'));
  t.match(full.json, { callerNumber: '+13105550123', senderStation: '13105550123', hasPdf: false });
  t.equal((await api.ask('/api/v1/faxes/f9', key)).status, 404);
  t.equal((await api.ask('/api/v1/faxes?cursor=bm9uZQ', key)).status, 400);
  t.equal((await api.ask('/api/v1/faxes', await api.key('calls:read'))).status, 403);
});

t.test('a link gives the PDF without a key; altered, or of another fax, it gives nothing', async (t) => {
  const folder = t.testdir();
  const pdfPath = join(folder, 'c1-f1.pdf');
  writeFileSync(pdfPath, '%PDF-1.1 a page');
  const received = faxOf('f1', { state: 'received', pdfPath, failure: null });
  const other = faxOf('f2', { state: 'received', pdfPath: join(folder, 'c1-f2.pdf'), failure: null });
  const api = await keep(t, [received, other, faxOf('f3'), faxOf('f4', { state: 'receiving' })]);
  const key = await api.key('recordings:read');
  const { url } = (await api.ask('/api/v1/faxes/f1/link', key)).json as { url: string };
  const file = await fetch(`${api.url}${url}`);
  t.equal(file.status, 200);
  t.equal(file.headers.get('content-type'), 'application/pdf');
  t.equal(await file.text(), '%PDF-1.1 a page');
  t.equal((await fetch(`${api.url}${url.replace('f1.pdf', 'f2.pdf')}`)).status, 403);
  t.equal((await fetch(`${api.url}${url.replace('/faxes/f1.pdf', '/recordings/f1.mp3')}`)).status, 403);
  const { url: gone } = (await api.ask('/api/v1/faxes/f2/link', key)).json as { url: string };
  t.equal((await fetch(`${api.url}${gone}`)).status, 410);
  t.match((await api.ask('/api/v1/faxes/f3/link', key)).json, { status: 410, detail: /the fax has no page/ });
  t.equal((await api.ask('/api/v1/faxes/f4/link', key)).status, 409);
});
