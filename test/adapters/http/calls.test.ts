// The call log over the API: who sees what of which call, page by page, and hanging one up.
import t from 'tap';
import type { Call } from '../../../src/domain/calls/call.js';
import {
  answeredCall,
  closingOf,
  endedCall,
  legOf,
  receivedCall,
  recordingOf,
  TIMELINE,
} from '../../contract/call-samples.js';
import { idleDesk } from '../../support/idle-desk.js';
import { CallApi } from './call-api.js';

const CALLER = /2125550101/;

async function storeEndedCall(api: CallApi, id: string): Promise<Call> {
  const answered = answeredCall(receivedCall(id));
  await api.calls.open(answered);
  await api.calls.saveLeg(legOf(answered, 'a'));
  await api.calls.saveRecording(recordingOf(answered));
  await api.calls.close(closingOf(endedCall(answered)));
  return answered;
}

t.test(
  'a call is told with timeline, trace, bids, legs, recordings and ledger, and without paths of files',
  async (t) => {
    const api = await CallApi.start(t);
    await storeEndedCall(api, 'c1');
    const key = await api.key('calls:read', 'calls:read-numbers');
    const { status, json, text } = await api.ask('/api/v1/calls/c1', key);
    t.equal(status, 200);
    t.match(json, {
      id: 'c1',
      outcome: 'sold',
      callerNumber: '+12125550101',
      startedAt: '2026-11-21T15:00:00.000Z',
      release: { by: 'buyer', cause: 'NORMAL_CLEARING' },
      timeline: TIMELINE,
      trace: { winnerTargetId: 'acme-east' },
      bids: [{ outcome: 'bid' }, { outcome: 'late' }],
      legs: [{ remoteUri: 'sip:+12125550101@carrier.example' }],
      recordings: [{ id: 'c1-recording', formats: ['wav'], durationMs: 88_000 }],
      ledger: [{ kind: 'buyer-charge', amountMicros: 42_000_001 }, { kind: 'source-payout' }],
    });
    t.notMatch(text, /wavPath|mp3Path/);
    t.equal((await api.ask('/api/v1/calls/c2', key)).status, 404);
  },
);

t.test(
  'a key without calls:read-numbers finds the number of the caller nowhere, nor may it search by one',
  async (t) => {
    const api = await CallApi.start(t);
    await storeEndedCall(api, 'c1');
    const key = await api.key('calls:read');
    for (const path of ['/api/v1/calls', '/api/v1/calls/c1']) {
      const { status, text } = await api.ask(path, key);
      t.equal(status, 200);
      t.notMatch(text, CALLER, path);
      t.notMatch(text, /O'Brien/, path);
      t.match(text, /\+12\*{7}01/, path);
    }
    const refused = await api.ask('/api/v1/calls?caller=%2B12125550101', key);
    t.equal(refused.status, 403);
    t.match(refused.json, { detail: /calls:read-numbers/ });
    const full = await api.key('calls:read', 'calls:read-numbers');
    t.match((await api.ask('/api/v1/calls?caller=+12125550101', full)).json, { items: [{ id: 'c1' }] });
    t.notMatch(api.logLines.join(''), CALLER, 'nor does the log of requests hold it');
    t.notMatch(api.logLines.join(''), key.slice(12), 'or a key');
  },
);

t.test('the log is read page by page with an opaque cursor, under each condition', async (t) => {
  const api = await CallApi.start(t);
  const start = Date.UTC(2026, 10, 21);
  for (let index = 0; index < 7; index += 1) {
    const call = { ...receivedCall(`c${index}`, start + index * 60_000), campaignId: index % 2 === 0 ? 'even' : 'odd' };
    await api.calls.open(call);
  }
  const key = await api.key('calls:read');
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { json } = await api.ask(`/api/v1/calls?limit=3${cursor}`, key);
    const page = json as { items: { id: string }[]; nextCursor: string | null };
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor === null ? null : `&cursor=${page.nextCursor}`;
  }
  t.same(seen, ['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
  const idsOf = async (query: string): Promise<string> => {
    const { json } = await api.ask(`/api/v1/calls?${query}`, key);
    return (json as { items: { id: string }[] }).items.map(({ id }) => id).join(' ');
  };
  t.equal(await idsOf('campaign=odd'), 'c5 c3 c1');
  t.equal(await idsOf('from=2026-11-21T00:02:00Z&to=2026-11-21T01:04:00%2B01:00'), 'c3 c2');
  t.equal(await idsOf('state=ended'), '');
});

t.test('a wrong condition is refused with its name and with what was expected', async (t) => {
  const api = await CallApi.start(t);
  const key = await api.key('calls:read');
  const WRONG = {
    'limit=0': 'limit',
    'limit=many': 'limit',
    'state=sleeping': 'state',
    'outcome=lucky': 'outcome',
    'from=yesterday': 'from',
    'to=2026-13-45T00:00:00Z': 'to',
    'cursor=made-up': 'cursor',
    'colour=red': 'colour',
  };
  for (const [query, field] of Object.entries(WRONG)) {
    const { status, json, headers } = await api.ask(`/api/v1/calls?${query}`, key);
    t.equal(status, 400, query);
    t.match(headers.get('content-type'), 'application/problem+json');
    t.match(json, { faults: [{ field }] }, query);
  }
});

t.test('a call that is up is told as it is now, and is hung up once', async (t) => {
  const api = await CallApi.start(t);
  const call = answeredCall(receivedCall('c1'));
  await api.calls.open(receivedCall('c1'));
  let hangups = 0;
  const leave = api.live.add('c1', {
    current: () => call,
    timeline: () => TIMELINE,
    hangup: () => {
      hangups += 1;
    },
    desk: idleDesk(),
  });
  const reader = await api.key('calls:read');
  const controller = await api.key('calls:control');
  t.match((await api.ask('/api/v1/live-calls', reader)).json, { items: [{ id: 'c1', state: 'answered' }] });
  t.match((await api.ask('/api/v1/calls/c1', reader)).json, {
    state: 'answered',
    timeline: [{}, { step: 'answered' }, {}],
  });
  const hangup = (id: string, key: string) => api.ask(`/api/v1/live-calls/${id}/hangup`, key, { method: 'POST' });
  t.equal((await hangup('c1', reader)).status, 403, 'reading is not controlling');
  t.equal(hangups, 0);
  t.equal((await hangup('c1', controller)).status, 202);
  t.equal(hangups, 1);
  t.match(api.logLines.join(''), /"audit":"hangup","callId":"c1","keyId"/);
  leave();
  t.equal((await hangup('c1', controller)).status, 409, 'it is over');
  t.equal((await hangup('c2', controller)).status, 404);
});
