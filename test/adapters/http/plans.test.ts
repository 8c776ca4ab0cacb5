// Plans over the API: saved, refused with the place, drafted, compared, published, rolled back, simulated.
import t, { type Test } from 'tap';
import { type Answer, type ApiUnderTest, startApi } from './api-under-test.js';

const TARGET = { buyerId: 'acme', destination: 'sip:desk@buyer.example' };
const plan = (members: readonly unknown[], changes: object = {}) => {
  return { id: 'main', root: { id: 'all', strategy: 'sequential', members, ...changes } };
};

async function withPlan(t: Test): Promise<ApiUnderTest> {
  const api = await startApi(t);
  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await api.ask(path, { method: 'POST', body });
    t.equal(status, 201, text);
  };
  await post('/buyers', { id: 'acme' });
  await post('/targets', { ...TARGET, id: 'alpha', price: 30 });
  await post('/targets', { ...TARGET, id: 'beta', price: 20 });
  await post('/plans', plan(['alpha', 'beta']));
  return api;
}

const put = (api: ApiUnderTest, body: object, etag?: string): Promise<Answer> =>
  api.ask('/plans/main/draft', { method: 'PUT', body, headers: etag === undefined ? {} : { 'if-match': etag } });

const post = (api: ApiUnderTest, path: string, body: object, etag = '*'): Promise<Answer> =>
  api.ask(`/plans/main/${path}`, { method: 'POST', body, headers: { 'if-match': etag } });

async function versionsOf(api: ApiUnderTest): Promise<readonly unknown[]> {
  const { json } = await api.ask('/plans/main/versions');
  return json.items.map((each: { version: number; publishedBy: string; isPublished: boolean }) => {
    return [each.version, each.publishedBy, each.isPublished];
  });
}

t.test('a plan is a row with an ETag; to replace it is to publish a version', async (t) => {
  const api = await withPlan(t);
  const read = await api.ask('/plans/main');
  t.match(read.json, {
    id: 'main',
    root: { strategy: 'sequential', members: [{ kind: 'target', targetId: 'alpha' }, {}] },
  });
  const headers = { 'if-match': read.headers.etag ?? '' };
  const again = await api.ask('/plans/main', { method: 'PUT', body: plan(['beta']), headers });
  t.equal(again.status, 200, again.text);
  t.equal((await api.ask('/plans/main', { method: 'PUT', body: plan(['alpha']), headers })).status, 412);
  t.same(await versionsOf(api), [
    [2, 'test', true],
    [1, 'test', false],
  ]);
  t.equal((await api.ask('/targets/beta', { method: 'DELETE', headers: { 'if-match': '*' } })).status, 409);
});

t.test('a faulty plan is refused at save, as a row and as a draft, with the place', async (t) => {
  const api = await withPlan(t);
  const inner = { kind: 'group', id: 'all', strategy: 'auction', members: [] };
  const faulty = plan(['alpha', 'nobody', inner, { kind: 'plan', planId: 'main' }]);
  const headers = { 'if-match': '*' };
  for (const answer of [
    await put(api, faulty),
    await api.ask('/plans/main', { method: 'PUT', body: faulty, headers }),
  ]) {
    t.equal(answer.status, 422);
    const fields = answer.json.faults.map(({ field }: { field: string }) => field);
    t.same(fields.toSorted(), [
      'root.members[1].targetId',
      'root.members[2].id',
      'root.members[2].members',
      'root.members[3].planId',
    ]);
  }
});

t.test('a draft is edited by whoever has read it, compared with what is published, and published', async (t) => {
  const api = await withPlan(t);
  const first = await put(api, plan(['alpha', 'beta'], { maxCalls: 5 }));
  t.equal(first.status, 200, first.text);
  t.match(first.json, { basedOn: 1, savedBy: 'test', publishAt: null, failure: null });
  t.equal((await put(api, plan(['alpha']))).status, 428, 'there is a draft now');
  const second = await put(api, plan(['beta', 'alpha'], { maxCalls: 7 }), first.headers.etag);
  t.equal(second.status, 200, second.text);
  t.equal((await put(api, plan(['alpha']), first.headers.etag)).status, 412, 'the second admin is told');
  const diff = await api.ask('/plans/main/diff');
  t.same(
    diff.json.items.map(({ sentence }: { sentence: string }) => sentence),
    [
      'group all: maxCalls was nothing, is 7',
      'target beta in group all is number 1 of those that stay, and was number 2',
      'target alpha in group all is number 2 of those that stay, and was number 1',
    ],
  );
  t.equal((await post(api, 'publish', {}, first.headers.etag)).status, 412);
  t.same((await post(api, 'publish', {}, second.headers.etag)).json, { id: 'main', version: 2 });
  t.equal((await api.ask('/plans/main/draft')).status, 404, 'it is a draft no more');
  const back = await post(api, 'roll-back', { version: 1 });
  t.same(back.json, { id: 'main', version: 3 });
  t.equal((await api.ask('/plans/main')).headers.etag, back.headers.etag);
  t.same((await api.ask('/plans/main/diff?from=1&to=3')).json.items, []);
  t.equal((await post(api, 'roll-back', { version: 9 })).status, 404);
  t.match((await api.ask('/plans/main/versions/2')).json, { root: { maxCalls: 7 } });
});

t.test('a draft waits for its time, which is one to come; it can be thrown away', async (t) => {
  const api = await withPlan(t);
  const { headers } = await put(api, plan(['beta']));
  t.match((await post(api, 'publish', { at: '2020-01-01T00:00:00Z' }, headers.etag)).json, {
    faults: [{ field: 'at' }],
  });
  const waiting = await post(api, 'publish', { at: '2199-01-01T00:00:00Z' }, headers.etag);
  t.equal(waiting.status, 202, waiting.text);
  t.equal(waiting.json.publishAt, '2199-01-01T00:00:00.000Z');
  t.equal((await api.ask('/plans/main')).json.root.members.length, 2, 'what is published stays until then');
  const gone = { method: 'DELETE', headers: { 'if-match': waiting.headers.etag ?? '' } } as const;
  t.equal((await api.ask('/plans/main/draft', gone)).status, 204);
  t.equal((await api.ask('/plans/main/draft', gone)).status, 404);
});

t.test('a simulation says where a call would go, by what is published, by a version or by the draft', async (t) => {
  const api = await withPlan(t);
  const campaign = { id: 'c', currency: 'USD', planId: 'main', holdMusicPromptId: 'builtin:hold-music' };
  t.equal((await api.ask('/campaigns', { method: 'POST', body: campaign })).status, 201);
  await api.ask('/sources', { method: 'POST', body: { id: 's' } });
  const texas = { kind: 'tag', tag: 'ivr.zip', operator: 'begins-with', values: ['78'] };
  await put(api, plan([{ kind: 'target', targetId: 'beta', condition: texas }, 'alpha']));
  const simulated = async (question: object) => {
    return await post(api, 'simulate', { caller: '+15125550123', sourceId: 's', ...question });
  };
  t.match((await simulated({})).json, {
    planId: 'main',
    planVersion: 1,
    targetId: 'alpha',
    steps: [{ group: 'main/all' }],
  });
  t.match((await simulated({ failing: ['alpha'] })).json, { targetId: 'beta', trace: { winnerTargetId: 'beta' } });
  t.match((await simulated({ failing: ['alpha', 'beta'] })).json, { targetId: null });
  t.match((await simulated({ version: 'draft', tags: { 'ivr.zip': '78701' } })).json, {
    planVersion: 0,
    targetId: 'beta',
  });
  t.match((await simulated({ version: 'draft' })).json, { targetId: 'alpha' });
  t.match((await simulated({ campaignId: 'nobody' })).json, { faults: [{ field: 'campaignId' }] });
  t.equal((await simulated({ version: 9 })).status, 404);
  t.equal((await simulated({ caller: 7 })).status, 422);
});

t.test(
  'two callers of one area code are simulated into the teams of their time zones by their exchanges',
  async (t) => {
    const api = await withPlan(t);
    const campaign = { id: 'c', currency: 'USD', planId: 'main', holdMusicPromptId: 'builtin:hold-music' };
    await api.ask('/campaigns', { method: 'POST', body: campaign });
    await api.ask('/sources', { method: 'POST', body: { id: 's' } });
    const inZone = (timeZone: string) => {
      return { kind: 'tag', tag: 'caller.time_zone', operator: 'equals', values: [timeZone] };
    };
    const eastern = { kind: 'target', targetId: 'alpha', condition: inZone('America/New_York') };
    const central = { kind: 'target', targetId: 'beta', condition: inZone('America/Chicago') };
    t.equal((await put(api, plan([eastern, central]))).status, 200);
    const rows = [
      ['+18502220123', 'alpha', 'Tallahassee'],
      ['+18504320123', 'beta', 'Pensacola'],
      ['+18505550123', null, 'an exchange of which no town is known'],
      ['+18005550123', null, 'toll-free'],
    ] as const;
    for (const [caller, targetId, why] of rows) {
      const { json } = await post(api, 'simulate', { caller, sourceId: 's', version: 'draft' });
      t.equal(json.targetId, targetId, why);
    }
  },
);

t.test(
  'a back-test answers with totals and notes; a range the wrong way round and too many calls are refused',
  async (t) => {
    const api = await withPlan(t);
    const campaign = { id: 'c', currency: 'USD', planId: 'main', holdMusicPromptId: 'builtin:hold-music' };
    t.equal((await post(api, 'backtest', {})).status, 422, 'no campaign has the plan');
    t.equal((await api.ask('/campaigns', { method: 'POST', body: campaign })).status, 201);
    const found = await post(api, 'backtest', { from: '2026-11-01T00:00:00Z', last: 10 });
    t.equal(found.status, 200, found.text);
    t.match(found.json, { planId: 'main', planVersion: 1, campaignId: 'c', replayed: 0, changes: [], notes: [] });
    t.match(found.json, { before: { answerRate: null }, after: { revenueMicros: 0 } });
    const turned = { from: '2026-11-02T00:00:00Z', before: '2026-11-01T00:00:00Z' };
    t.match((await post(api, 'backtest', turned)).json, { faults: [{ field: 'before' }] });
    t.equal((await post(api, 'backtest', { last: 100_001 })).status, 422);
    t.equal((await post(api, 'backtest', { version: 'draft' })).status, 404);
    t.equal((await api.ask('/plans/main/backtest')).status, 404, 'none was begun in the background');
    const begun = await post(api, 'backtest', { inBackground: true, last: 10 });
    t.equal(begun.status, 202, begun.text);
    t.match(begun.json, { state: 'running', read: 0, atMost: 10, result: null });
    t.match((await api.ask('/plans/main/backtest')).json, { state: 'done', result: { planId: 'main', replayed: 0 } });
    t.equal((await api.ask('/plans/main/backtest', { method: 'DELETE' })).status, 404, 'it is over');
  },
);
