/** Rows of the configuration through the API: made, read, edited, paged and removed, as the configuration file has them. */
import t from 'tap';
import { type ApiUnderTest, startApi } from './api-under-test.js';

const ROWS = [
  [
    'trunks',
    {
      id: 'telnyx',
      sourceCidrs: ['192.0.2.0/24'],
      gateways: [{ host: 'sip.telnyx.example' }],
      credentials: { username: 'ringpost', password: 'hunter2-secret' },
    },
  ],
  ['sources', { id: 'leads', payout: { kind: 'share', percent: 70.5 } }],
  ['buyers', { id: 'acme', name: 'Acme', maxCalls: 5 }],
  [
    'bidders',
    {
      id: 'acme-rtb',
      dialect: 'generic-json',
      url: 'https://rtb.acme.example/ping?key=query-secret&zip={{caller_zip}}',
      headers: { Authorization: 'Bearer header-secret' },
      maximumBid: 80,
    },
  ],
  ['prompts', { id: 'greeting', text: 'Thank you for calling.' }],
  ['targets', { id: 'acme-live', buyerId: 'acme', bidderId: 'acme-rtb', minimumBid: 10, trunkId: 'telnyx' }],
  ['targets', { id: 'acme-desk', buyerId: 'acme', price: 30, destination: '+13105550100', trunkId: 'telnyx' }],
  ['agents', { id: 'ann', destination: '+13105550102', trunkId: 'telnyx', skills: [{ skill: 'spanish' }] }],
  [
    'campaigns',
    {
      id: 'roofing',
      agents: { agentIds: ['ann'] },
      currency: 'USD',
      targetIds: ['acme-live', 'acme-desk'],
      holdMusicPromptId: 'builtin:hold-music',
      greetingPromptId: 'greeting',
      voicemailWebhook: { url: 'https://crm.example/hook?key=query-secret', secret: 'hunter2-hunter2-hunter2' },
      fallback: [{ kind: 'dial', destination: '+13105550101', trunkId: 'telnyx' }],
    },
  ],
  ['dids', { number: '+18005550100', campaignId: 'roofing', sourceId: 'leads' }],
] as const;

async function build({ ask }: ApiUnderTest): Promise<void> {
  for (const [section, body] of ROWS) {
    const { status, text } = await ask(`/${section}`, { method: 'POST', body });
    if (status !== 201) throw new Error(`${section}: ${status} ${text}`);
  }
}

t.test('a campaign is built row by row: each is created, in force at once, and read back as it was sent', async (t) => {
  const api = await startApi(t);
  for (const [section, body] of ROWS) {
    const created = await api.ask(`/${section}`, { method: 'POST', body });
    t.equal(created.status, 201, section);
    const { location = '', etag } = created.headers;
    t.match(location, new RegExp(`^/api/v1/${section}/`));
    const read = await api.ask(location);
    t.equal(read.status, 200);
    t.equal(read.headers.etag, etag);
    t.same(read.json, created.json);
    const secrets = ['credentials', 'headers', 'url', 'dialect'];
    const open = Object.entries(body).filter(([name]) => !secrets.includes(name) && name !== 'gateways');
    if (section !== 'campaigns') t.match(read.json, Object.fromEntries(open));
    t.equal((await api.ask(location, { headers: { 'if-none-match': etag ?? '' } })).status, 304);
  }
  const current = api.deps.configuration.current();
  t.equal(current.didsByNumber.get('+18005550100')?.campaignId, 'roofing');
  t.equal(current.campaigns.get('roofing')?.greetingPromptId, 'greeting');
});

t.test('secrets are written and never read back, and an edit that sends back what was shown keeps them', async (t) => {
  const api = await startApi(t);
  await build(api);
  const everything = await Promise.all(ROWS.map(([section]) => api.ask(`/${section}`)));
  for (const { text } of everything) t.notMatch(text, /hunter2|header-secret|query-secret/);

  const trunk = await api.ask('/trunks/telnyx');
  t.equal(trunk.json.credentials.password, '(secret)');
  const edited = { ...trunk.json, maxInboundCalls: 7 };
  const headers = { 'if-match': trunk.headers.etag ?? '' };
  const put = await api.ask('/trunks/telnyx', { method: 'PUT', body: edited, headers });
  t.equal(put.status, 200);
  const stored = api.deps.configuration.current().trunks.get('telnyx');
  t.equal(stored?.maxInboundCalls, 7);
  t.equal(stored?.credentials?.password, 'hunter2-secret');

  const campaign = await api.ask('/campaigns/roofing');
  t.match(campaign.json.voicemailWebhook, { secret: '(secret)' });
  const campaignTag = { 'if-match': campaign.headers.etag ?? '' };
  const same = { method: 'PUT', body: campaign.json, headers: campaignTag } as const;
  t.equal((await api.ask('/campaigns/roofing', same)).status, 200);
  t.match(api.deps.configuration.current().campaigns.get('roofing')?.voicemailWebhook, {
    url: 'https://crm.example/hook?key=query-secret',
    secret: 'hunter2-hunter2-hunter2',
  });

  const bidder = await api.ask('/bidders/acme-rtb');
  const renamed = { ...bidder.json, name: 'Acme bidding' };
  const tag = { 'if-match': bidder.headers.etag ?? '' };
  t.equal((await api.ask('/bidders/acme-rtb', { method: 'PUT', body: renamed, headers: tag })).status, 200);
  const { name, dialect } = api.deps.configuration.current().bidders.get('acme-rtb') ?? {};
  t.equal(name, 'Acme bidding');
  t.equal(dialect?.ping.headers.Authorization, 'Bearer header-secret');
  t.match(dialect?.ping.url, /key=query-secret/);

  const other = { id: 'other', credentials: { username: 'x', password: '(secret)' } };
  const refused = await api.ask('/trunks', { method: 'POST', body: other });
  t.equal(refused.status, 422, 'the placeholder is no password');
  t.equal(refused.json.faults[0].field, 'credentials.password');
});

t.test('an edit needs the tag that was read: without it 428, with a stale one 412, and nothing is lost', async (t) => {
  const api = await startApi(t);
  await build(api);
  const { headers, json } = await api.ask('/buyers/acme');
  const etag = headers.etag ?? '';
  const put = (body: object, tag: string | null) =>
    api.ask('/buyers/acme', { method: 'PUT', body, headers: tag === null ? {} : { 'if-match': tag } });
  t.equal((await put(json, null)).status, 428);
  t.equal((await put({ ...json, name: 'One' }, etag)).status, 200);
  const stale = await put({ ...json, name: 'Two' }, etag);
  t.equal(stale.status, 412);
  t.match(stale.json.detail, /read it again/);
  t.equal((await put(json, `W/${etag}`)).status, 412, 'a weak tag matches nothing');
  t.equal((await put({ ...json, name: 'Three' }, '*')).status, 200);
  t.equal((await api.ask('/buyers/acme')).json.name, 'Three');
  t.equal((await api.ask('/buyers/nobody', { method: 'PUT', body: json, headers: { 'if-match': '*' } })).status, 404);
});

t.test('twenty edits with the same tag race: one is done, nineteen are told', async (t) => {
  const api = await startApi(t);
  await build(api);
  const { headers, json } = await api.ask('/buyers/acme');
  const edits = Array.from({ length: 20 }, (_, index) =>
    api.ask('/buyers/acme', {
      method: 'PUT',
      body: { ...json, name: `Edit ${index}` },
      headers: { 'if-match': headers.etag ?? '' },
    }),
  );
  const statuses = (await Promise.all(edits)).map(({ status }) => status);
  t.equal(statuses.filter((status) => status === 200).length, 1);
  t.equal(statuses.filter((status) => status === 412).length, 19);
});

t.test('a row that others name is not removed, and the answer says which', async (t) => {
  const api = await startApi(t);
  await build(api);
  const remove = (path: string, headers: Readonly<Record<string, string>> = { 'if-match': '*' }) =>
    api.ask(path, { method: 'DELETE', headers });
  const refused = await remove('/trunks/telnyx');
  t.equal(refused.status, 409);
  t.same(refused.json.references, [
    { section: 'campaigns', id: 'roofing', field: 'fallback[0].trunkId' },
    { section: 'targets', id: 'acme-desk', field: 'trunkId' },
    { section: 'targets', id: 'acme-live', field: 'trunkId' },
    { section: 'agents', id: 'ann', field: 'trunkId' },
  ]);
  t.equal((await remove('/dids/%2B18005550100', {})).status, 428);
  t.equal((await remove('/dids/%2B18005550100', { 'if-match': '"0"' })).status, 412);
  t.equal((await remove('/dids/%2B18005550100')).status, 204);
  t.equal((await remove('/dids/%2B18005550100')).status, 404);
  t.equal((await remove('/campaigns/roofing')).status, 204);
  t.equal((await remove('/prompts/greeting')).status, 204);
  t.equal((await remove('/prompts/builtin:beep')).status, 409, 'a built-in sound stays');
  t.equal(api.deps.configuration.current().didsByNumber.size, 0);
});

t.test('a list is read page by page, complete and in order, also while rows come and go', async (t) => {
  const api = await startApi(t);
  for (let index = 0; index < 25; index += 1) {
    await api.ask('/buyers', { method: 'POST', body: { id: `b${String(index).padStart(2, '0')}` } });
  }
  const seen: string[] = [];
  let cursor = '';
  do {
    const { status, json } = await api.ask(`/buyers?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
    t.equal(status, 200);
    seen.push(...json.items.map(({ id }: { id: string }) => id));
    if (seen.length === 10) await api.ask('/buyers/b09', { method: 'DELETE', headers: { 'if-match': '*' } });
    cursor = json.nextCursor ?? '';
  } while (cursor !== '');
  t.equal(seen.length, 25);
  t.same(seen, [...seen].sort());
  t.equal((await api.ask('/buyers?limit=0')).status, 400);
  t.equal((await api.ask('/buyers?limit=many')).json.faults[0].field, 'limit');
  t.equal((await api.ask('/buyers?cursor=forged')).status, 400);
  t.equal((await api.ask('/buyers?page=2')).status, 400);
});
