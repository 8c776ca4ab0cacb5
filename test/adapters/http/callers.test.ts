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
