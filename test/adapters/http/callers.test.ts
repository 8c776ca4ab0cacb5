// What the API takes and shows of callers who come again: rules to the field, and the marks in the record of a call.
import t from 'tap';
import { receivedCall } from '../../contract/call-samples.js';
import { startApi } from './api-under-test.js';

const CAMPAIGN = { id: 'roofing', currency: 'USD', targetIds: [], holdMusicPromptId: 'builtin:hold-music' };

t.test('duplicate rules of buyer and campaign are shown as they were put in, defaults included', async (t) => {
  const api = await startApi(t);
  const buyer = await api.ask('/buyers', {
    method: 'POST',
    body: { id: 'acme', duplicates: { restrict: 'buyer', after: 'converted', days: 'for-ever' } },
  });
  t.equal(buyer.status, 201, buyer.text);
  t.same(buyer.json.duplicates, { restrict: 'buyer', after: 'converted', days: 'for-ever' });
  const campaign = await api.ask('/campaigns', {
    method: 'POST',
    body: { ...CAMPAIGN, duplicates: { restrict: 'target' } },
  });
  t.equal(campaign.status, 201, campaign.text);
  t.same(campaign.json.duplicates, { restrict: 'target', after: 'connected', days: 30 });
  t.equal(campaign.json.payoutOnceDays, 30);
});

t.test('a duplicate rule that nobody can mean is refused with its place', async (t) => {
  const api = await startApi(t);
  const wrong = [
    [{ restrict: 'everybody' }, /duplicates\.restrict/],
    [{ restrict: 'target', after: 'rung' }, /duplicates\.after/],
    [{ restrict: 'target', days: 0 }, /duplicates\.days/],
    [{ restrict: 'target', days: 'always' }, /duplicates\.days/],
    [{ restrict: 'target', hours: 3 }, /duplicates\.hours/],
    ['target', /duplicates/],
  ] as const;
  for (const [duplicates, place] of wrong) {
    const { status, json, text } = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, duplicates } });
    t.equal(status, 422, text);
    t.match(json.faults.map(({ field }: { field: string }) => field).join(' '), place);
  }
  const { status } = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, payoutOnceDays: -1 } });
  t.equal(status, 422);
});

t.test('a call says whether it is a repeat and whether it is a duplicate', async (t) => {
  const api = await startApi(t);
  await api.deps.calls.open({ ...receivedCall('c1'), isRepeat: true });
  const { json } = await api.ask('/calls/c1');
  t.match(json, { isRepeat: true, isDuplicate: false });
});

const BLOCK = { kind: 'block', level: 'account', caller: '+12125550199' };

function upload(csv: string, fields: Readonly<Record<string, string>> = { kind: 'block', level: 'account' }) {
  const boundary = 'frontier';
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="list.csv"\r\ncontent-type: text/csv\r\n\r\n${csv}\r\n--${boundary}--\r\n`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  return { method: 'POST', body: parts.join('') + file, headers } as const;
}

t.test('an entry of a list is put in, shown with who and when, and taken off', async (t) => {
  const api = await startApi(t);
  const body = { ...BLOCK, caller: '(212) 555-0199', reason: 'spam', expiresAt: '2099-01-01T00:00:00Z' };
  const made = await api.ask('/caller-list', { method: 'POST', body });
  t.equal(made.status, 201, made.text);
  t.match(made.json, { caller: '+12125550199', subjectId: null, reason: 'spam', addedBy: 'test' });
  t.match(made.json.expiresAt, /^2099-01-01/);
  t.equal(api.deps.callerLists.matching('+12125550199', Date.now()).length, 1);
  t.same((await api.ask('/caller-list?kind=block&level=account')).json.items, [made.json]);
  t.same((await api.ask('/caller-list?kind=allow')).json.items, []);
  const masked = await api.ask('/caller-list', { key: await api.keyWith('configuration:read') });
  t.equal(masked.json.items[0].caller, '+12*******99');
  t.equal((await api.ask(`/caller-list/${made.json.id}`, { method: 'DELETE' })).status, 200);
  t.equal((await api.ask(`/caller-list/${made.json.id}`, { method: 'DELETE' })).status, 404);
  t.same(api.deps.callerLists.all(), []);
});

t.test('an entry that nobody can be on is refused with its place', async (t) => {
  const api = await startApi(t);
  const wrong = [
    [{ ...BLOCK, caller: '12' }, /caller/],
    [{ ...BLOCK, caller: '*' }, /caller/],
    [{ ...BLOCK, subjectId: 'roofing' }, /subjectId/],
    [{ ...BLOCK, level: 'campaign', subjectId: 'nowhere' }, /subjectId/],
    [{ ...BLOCK, level: 'buyer' }, /subjectId/],
    [{ ...BLOCK, expiresAt: '2001-01-01T00:00:00Z' }, /expiresAt/],
    [{ ...BLOCK, expiresAt: 'tomorrow' }, /expiresAt/],
    [{ ...BLOCK, kind: 'deny' }, /kind/],
    [{ ...BLOCK, who: 'me' }, /who/],
  ] as const;
  for (const [body, place] of wrong) {
    const { status, json, text } = await api.ask('/caller-list', { method: 'POST', body });
    t.ok(status === 422 || status === 400, text);
    t.match(json.faults.map(({ field }: { field: string }) => field).join(' '), place);
  }
  t.same(api.deps.callerLists.all(), []);
});

t.test(
  'a file of thousands of callers is taken as a whole, its own reasons and ends before those of the form',
  async (t) => {
    const api = await startApi(t);
    const many = Array.from({ length: 5_000 }, (_each, index) => `+1212${5_000_000 + index}`);
    const csv = ['number,reason,until', '"(310) 555-0100","said ""no"", twice",2099-01-01T00:00:00Z', '', ...many].join(
      '\r\n',
    );
    const made = await api.ask(
      '/caller-list/upload',
      upload(csv, { kind: 'block', level: 'account', reason: 'bought list' }),
    );
    t.equal(made.status, 200, made.text);
    t.same(made.json, { entries: 5_001 });
    const [first] = api.deps.callerLists.matching('+13105550100', Date.now());
    t.match(first, { reason: 'said "no", twice', addedBy: 'test' });
    t.match(api.deps.callerLists.matching('+12125004999', Date.now()), [{ reason: 'bought list', expiresAt: null }]);
    await api.ask('/caller-list/upload', upload(csv));
    t.equal(api.deps.callerLists.all().length, 5_001, 'the same file again adds nobody');
  },
);

t.test('a file with a faulty line changes nothing, and each fault names its line', async (t) => {
  const api = await startApi(t);
  const { status, json } = await api.ask(
    '/caller-list/upload',
    upload('+12125550199\nnobody\n+13105550100,late,2001-01-01T00:00:00Z'),
  );
  t.equal(status, 422);
  t.same(
    json.faults.map(({ field }: { field: string }) => field),
    ['file[2]', 'file[3]'],
  );
  t.equal((await api.ask('/caller-list/upload', upload('+12125550199,"never closed'))).status, 422);
  t.equal((await api.ask('/caller-list/upload', upload('+12125550199', { kind: 'block' }))).status, 422);
  t.same(api.deps.callerLists.all(), []);
});

t.test('what a campaign asks of callers is shown with its defaults, and refused with its place', async (t) => {
  const api = await startApi(t);
  const automaticBlock = { calls: 5, withinMinutes: 60 };
  const { status, json, text } = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, automaticBlock } });
  t.equal(status, 201, text);
  t.match(json, { anonymousCallers: 'reject', callerGapMs: 2_000 });
  t.same(json.automaticBlock, { ...automaticBlock, level: 'campaign', days: 30 });
  const wrong = [
    [{ anonymousCallers: 'perhaps' }, /anonymousCallers/],
    [{ callerGapMs: 60_001 }, /callerGapMs/],
    [{ automaticBlock: { calls: 1, withinMinutes: 60 } }, /automaticBlock\.calls/],
    [{ automaticBlock: { calls: 5 } }, /automaticBlock\.withinMinutes/],
    [{ automaticBlock: { ...automaticBlock, level: 'buyer' } }, /automaticBlock\.level/],
  ] as const;
  for (const [changes, place] of wrong) {
    const answer = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, id: 'other', ...changes } });
    t.equal(answer.status, 422, answer.text);
    t.match(answer.json.faults.map(({ field }: { field: string }) => field).join(' '), place);
  }
});
