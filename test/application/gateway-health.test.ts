// Gateways and their OPTIONS, on a virtual clock.
import t from 'tap';
import type { ProbeAnswer } from '../../src/application/ports/gateway-probe.js';
import { GatewayHealth } from '../../src/application/sale/gateway-health.js';
import { EMPTY_DOCUMENT, indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import { gatewayName } from '../../src/domain/trunks/gateway-order.js';
import { composeTrunk, type TrunkFields } from '../../src/domain/trunks/trunk-profile.js';
import { VirtualClock } from '../support/virtual-clock.js';

const GATEWAY = { host: 'one.example', port: 5060, transport: 'udp', priority: 1, weight: 1 } as const;
const SILENT: ProbeAnswer = { kind: 'silent', detail: 'no answer to OPTIONS within 100 ms' };
const answered = (sipStatus: number): ProbeAnswer => ({ kind: 'answered', sipStatus, latencyMs: 7.4 });

function watching(fields: Partial<TrunkFields> = {}) {
  const optionsProbe = { intervalMs: 10_000, timeoutMs: 100, downAfter: 3 };
  const documentOf = (changes: Partial<TrunkFields>) => ({
    ...EMPTY_DOCUMENT,
    trunks: [composeTrunk({ id: 'out', gateways: [GATEWAY], optionsProbe, ...fields, ...changes })],
  });
  let configuration = indexConfiguration(1, documentOf({}));
  const clock = new VirtualClock();
  const asked: string[] = [];
  const alarms: string[] = [];
  const script = { answer: answered(200) };
  const health = new GatewayHealth({
    configuration: { current: () => configuration },
    probe: {
      probe: async (gateway, timeoutMs) => {
        asked.push(`${gatewayName(gateway)} ${timeoutMs}`);
        return script.answer;
      },
    },
    clock,
    events: { alarm: (kind, sentence) => void alarms.push(`${kind}: ${sentence}`) },
  });
  const edit = (changes: Partial<TrunkFields>): void => {
    configuration = indexConfiguration(configuration.version + 1, documentOf(changes));
  };
  return { health, clock, asked, alarms, script, edit };
}

t.test(
  'each gateway is asked at its interval; the third failure in a row takes it out, one answer brings it back',
  async (t) => {
    const { health, clock, asked, alarms, script } = watching();
    const stop = health.start();
    await clock.advance(1_000);
    t.same(asked, ['one.example:5060 100']);
    t.match(health.list(), [
      { trunkId: 'out', gateway: 'one.example:5060', state: 'up', sipStatus: 200, latencyMs: 7 },
    ]);
    t.equal(health.hasAnswered('out', GATEWAY), true);
    script.answer = SILENT;
    await clock.advance(20_000);
    t.match(health.list(), [{ state: 'failing', failures: 2, detail: /no answer/ }]);
    t.equal(health.isUp('out', GATEWAY), true, 'two failures are no fact');
    await clock.advance(20_000);
    t.match(health.list(), [{ state: 'down', failures: 4 }]);
    t.equal(health.isUp('out', GATEWAY), false);
    t.same(alarms, ['gateway-down: gateway one.example:5060 of trunk out is down: no answer to OPTIONS within 100 ms']);
    script.answer = answered(405);
    await clock.advance(10_000);
    t.match(health.list(), [{ state: 'up', failures: 0, detail: '' }]);
    t.equal(health.isUp('out', GATEWAY), true);
    stop();
    t.equal(clock.pendingTimers, 0);
  },
);

t.test('503 says that the gateway takes no calls; a 404 shows that somebody is there', async (t) => {
  const { health, clock, script } = watching();
  script.answer = answered(503);
  const stop = health.start();
  await clock.advance(30_000);
  t.match(health.list(), [{ state: 'down', detail: 'it answers 503' }]);
  script.answer = answered(404);
  await clock.advance(10_000);
  t.match(health.list(), [{ state: 'up' }]);
  stop();
});

t.test('a trunk without probes is never asked, and its gateways are taken for up', async (t) => {
  const { health, clock, asked } = watching({ optionsProbe: null });
  const stop = health.start();
  await clock.advance(60_000);
  t.same(asked, []);
  t.match(health.list(), [{ state: 'not-probed' }]);
  t.equal(health.isUp('out', GATEWAY), true);
  t.equal(health.hasAnswered('out', GATEWAY), false);
  stop();
});

t.test('an edit adds and removes gateways; what is known of the others stays', async (t) => {
  const { health, clock, script, edit } = watching();
  script.answer = SILENT;
  const stop = health.start();
  await clock.advance(30_000);
  t.match(health.list(), [{ state: 'down' }]);
  edit({ gateways: [GATEWAY, { ...GATEWAY, host: 'two.example' }] });
  t.match(health.list(), [{ state: 'down' }, { gateway: 'two.example:5060', state: 'unknown' }]);
  edit({ isActive: false });
  t.same(health.list(), []);
  stop();
});
