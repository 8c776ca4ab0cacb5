/** What stands behind a trunk's row: profiles, effective values, and whether its gateways answer. */
import t from 'tap';
import type { GatewayState } from '../../../src/application/sale/gateway-health.js';
import { startApi } from './api-under-test.js';

const DOWN: GatewayState = {
  ...{ trunkId: 'twilio', gateway: 'acme.pstn.twilio.com:5060', state: 'down', sipStatus: null },
  ...{ latencyMs: null, failures: 4, detail: 'no answer to OPTIONS within 4000 ms' },
};

t.test('a trunk names a profile and sets some fields; its effective values show both, and no password', async (t) => {
  const { ask } = await startApi(t);
  const row = {
    ...{ id: 'twilio', profile: 'twilio', gateways: [{ host: 'acme.pstn.twilio.com' }], callsPerSecond: 5 },
    ...{ optionsProbe: null, credentials: { username: 'ringpost', password: 'hunter2' } },
  };
  const created = await ask('/trunks', { method: 'POST', body: row });
  t.equal(created.status, 201);
  t.match(created.json, { profile: 'twilio', callsPerSecond: 5, optionsProbe: null });
  t.notMatch(created.text, /sourceCidrs|silentAfterMs/, 'what the profile decides is not in the row');
  const effective = await ask('/trunks/twilio/effective');
  t.equal(effective.status, 200);
  t.match(effective.json, {
    ...{ id: 'twilio', profile: 'twilio', overrides: ['gateways', 'callsPerSecond', 'optionsProbe'] },
    settings: {
      ...{
        callsPerSecond: 5,
        paceScope: 'gateway',
        optionsProbe: null,
        silentAfterMs: 6_000,
        codecs: ['PCMU', 'PCMA'],
      },
      gateways: [{ host: 'acme.pstn.twilio.com', port: 5_060, transport: 'udp' }],
    },
  });
  t.match(effective.text, /54\.172\.60\.0\/30/, 'the networks of the carrier');
  t.notMatch(effective.text, /hunter2/);
  t.equal((await ask('/trunks/nobody/effective')).status, 404);
});

t.test('a trunk with a field that cannot be is refused with the field and what is expected', async (t) => {
  const { ask } = await startApi(t);
  const wrong = {
    nextGatewayOn: ['603'],
    codecs: ['GSM'],
    callsPerSecond: 0,
    sessionTimer: { expiresSeconds: 30, refresher: 'uac' },
  };
  const { status, text } = await ask('/trunks', { method: 'POST', body: { id: 'x', profile: 'acme', ...wrong } });
  t.equal(status, 422);
  for (const field of ['profile', 'nextGatewayOn[0]', 'codecs[0]', 'callsPerSecond', 'sessionTimer.expiresSeconds']) {
    t.ok(text.includes(`"${field}"`), field);
  }
});

t.test('the profiles are listed with all that they decide, the gateways with what their probes say', async (t) => {
  const { ask } = await startApi(t, { gateways: { list: () => [DOWN] } });
  const { json: body } = await ask('/trunk-profiles');
  t.match(body, {
    items: [{ profile: 'generic' }, { profile: 'telnyx' }, { profile: 'twilio', settings: { callsPerSecond: 1 } }],
  });
  t.same((await ask('/live-gateways')).json, { items: [DOWN] });
});
