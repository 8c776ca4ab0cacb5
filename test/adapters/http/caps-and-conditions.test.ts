// Caps and conditions over the API: what an admin reads off before he raises a cap, and what is refused with its place.
import t from 'tap';
import { type Cap, countedCaps } from '../../../src/domain/routing/cap.js';
import { startApi } from './api-under-test.js';

t.test('caps are listed with their limit and what is used of them, money in units of the currency', async (t) => {
  const api = await startApi(t);
  const caps = [
    { dimension: 'connected', window: 'day', limit: 50, timeZone: 'America/New_York' },
    { dimension: 'revenue', window: 'month', limit: 1_000.5, kind: 'soft' },
  ];
  const made = await api.ask('/buyers', { method: 'POST', body: { id: 'acme', caps } });
  t.equal(made.status, 201, made.text);
  const buyer = api.deps.configuration.current().buyers.get('acme');
  const requests = countedCaps('buyer', 'acme', buyer?.caps ?? []).map((counted) => ({ counted, amount: 42 }));
  t.equal(api.deps.caps.reserve(requests).kind, 'reserved');
  const { status, json } = await api.ask('/caps');
  t.equal(status, 200);
  t.match(json.items, [
    { subject: 'buyer', id: 'acme', ...caps[0], kind: 'hard', used: 42 },
    { subject: 'buyer', id: 'acme', ...caps[1], timeZone: 'UTC', used: 0.000042 },
  ]);
  const resets = json.items.map(({ resetsAt }: { resetsAt: string }) => new Date(resetsAt));
  const inNewYork = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeStyle: 'medium' });
  t.equal(inNewYork.format(resets[0]), '12:00:00 AM', 'a day ends at midnight of its zone');
  t.match(resets[1].toISOString(), /-01T00:00:00.000Z$/, 'a month on its first day');
});

t.test('caps of groups of plans are listed under plan and group', async (t) => {
  const api = await startApi(t);
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
  const target = { id: 'desk', buyerId: 'acme', price: 30, destination: 'sip:desk@buyer.example' };
  await api.ask('/targets', { method: 'POST', body: target });
  const caps = [{ dimension: 'attempts', window: 'total', limit: 7 }];
  const inner = { kind: 'group', id: 'texas', strategy: 'sequential', members: ['desk'], caps };
  const root = { id: 'all', strategy: 'sequential', members: [inner] };
  const made = await api.ask('/plans', { method: 'POST', body: { id: 'main', root } });
  t.equal(made.status, 201, made.text);
  const group = { ...caps[0], timeZone: 'UTC', kind: 'hard' } as const;
  const requests = countedCaps('group', 'main/texas', [group as Cap]).map((counted) => ({ counted, amount: 2 }));
  t.equal(api.deps.caps.reserve(requests).kind, 'reserved');
  const { json } = await api.ask('/caps');
  t.same(json.items, [{ subject: 'group', id: 'main/texas', ...group, used: 2, resetsAt: null }]);
});

t.test(
  'a cap without a limit, of an unknown dimension or with a broken amount is refused with its place',
  async (t) => {
    const api = await startApi(t);
    const wrong = [
      [{ dimension: 'connected', window: 'day' }, /caps/],
      [{ dimension: 'minutes', window: 'day', limit: 1 }, /caps/],
      [{ dimension: 'connected', window: 'day', limit: 1.5 }, /caps/],
      [{ dimension: 'revenue', window: 'week', limit: 1 }, /caps/],
      [{ dimension: 'attempts', window: 'day', limit: 1, timeZone: 'Mars/Olympus' }, /caps/],
    ] as const;
    for (const [cap, place] of wrong) {
      const { status, text } = await api.ask('/buyers', { method: 'POST', body: { id: 'acme', caps: [cap] } });
      t.equal(status, 422, text);
      t.match(text, place);
    }
  },
);

t.test('a condition without its values, of an unknown kind or too deep is refused with its place', async (t) => {
  const api = await startApi(t);
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
  const target = { id: 'desk', buyerId: 'acme', price: 30, destination: 'sip:desk@buyer.example' };
  const tag = (operator: string, ...values: string[]) => ({ kind: 'tag', tag: 'caller.state', operator, values });
  const not = (of: unknown) => ({ kind: 'not', of });
  const wrong = [
    [tag('in'), /condition/],
    [tag('exists', 'TX'), /condition/],
    [tag('less-than', 'many'), /condition/],
    [{ kind: 'some', of: [] }, /condition\.kind/],
    [{ kind: 'all', of: [] }, /condition\.of/],
    [{ kind: 'any', of: [tag('equal', 'TX')] }, /condition\.of\[0\]\.operator/],
    [not(not(not(tag('equals', 'TX')))), /condition\.of\.of/],
  ] as const;
  for (const [condition, place] of wrong) {
    const { status, json } = await api.ask('/targets', { method: 'POST', body: { ...target, condition } });
    t.equal(status, 422, JSON.stringify(json));
    t.match(json.faults.map(({ field }: { field: string }) => field).join(' '), place);
  }
  const right = { kind: 'all', of: [tag('in', 'TX', 'OK'), not(tag('equals', 'OK'))] };
  const { status, text } = await api.ask('/targets', { method: 'POST', body: { ...target, condition: right } });
  t.equal(status, 201, text);
});

t.test(
  'an attestation and tags of numbers and sources are taken as they are meant, and refused with their place',
  async (t) => {
    const api = await startApi(t);
    const condition = { kind: 'all', of: [{ kind: 'attestation', atLeast: 'B' }] };
    await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
    const target = { id: 'desk', buyerId: 'acme', price: 30, destination: 'sip:desk@buyer.example' };
    const made = await api.ask('/targets', { method: 'POST', body: { ...target, condition } });
    t.equal(made.status, 201, made.text);
    t.same(made.json.condition, condition);
    const wrong = await api.ask('/targets', {
      method: 'POST',
      body: { ...target, id: 'other', condition: { kind: 'attestation', atLeast: 'D' } },
    });
    t.equal(wrong.json.faults[0].field, 'condition.atLeast');
    const source = await api.ask('/sources', { method: 'POST', body: { id: 'leads', tags: { language: 'es' } } });
    t.same(source.json.tags, { language: 'es' });
    for (const tags of [{ Language: 'es' }, { language: '' }, { language: 3 }]) {
      const { status, text } = await api.ask('/sources', { method: 'POST', body: { id: 'other', tags } });
      t.equal(status, 422, text);
      t.match(text, /tags/);
    }
  },
);
