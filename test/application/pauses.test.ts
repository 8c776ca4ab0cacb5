// Who is away, in whole calls on scripted ports: nobody new comes in, whoever talks goes on, and the reason is said.
import t from 'tap';
import type { Pause } from '../../src/domain/routing/pause.js';
import { DID, pingingSource, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { servedCall } from '../support/served-call.js';
import { VirtualClock } from '../support/virtual-clock.js';

const NOW = new VirtualClock().wallMs();
const LUNCH: Pause = { reason: 'lunch', by: 'ops', at: NOW, until: NOW + 3_600_000 };

t.test('a target that is paused is left out until its pause ends, and the trace says who paused it', async (t) => {
  const targets = [staticTarget('away', 40, { pause: LUNCH }), staticTarget('there', 20)];
  const fixture = new CallFixture({ targets });
  await servedCall(fixture);
  const away = (await fixture.stored()).trace?.candidates.find(({ targetId }) => targetId === 'away');
  t.match(
    away?.checks.find((each) => each.check === 'target-active'),
    {
      passed: false,
      values: /^paused by ops until 2026-\d\d-\d\d \d\d:\d\d UTC: lunch$/,
      needed: 'the target resumed',
    },
  );
  await fixture.clock.advance(3_600_000);
  await servedCall(fixture);
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['there', 'away'],
  );
});

t.test("a buyer's pause keeps out all its targets", async (t) => {
  const targets = [staticTarget('a', 40, { buyerId: 'acme' }), staticTarget('b', 20)];
  const pause = { ...LUNCH, reason: '', until: null };
  const buyers = ['acme', 'buyer-b'].map((id) => {
    const row = { id, name: id, isActive: true, maxCalls: null, caps: [], duplicates: null, blockedCallers: [] };
    return { ...row, pause: id === 'acme' ? pause : null };
  });
  const fixture = new CallFixture({ targets, document: { buyers } });
  await servedCall(fixture);
  t.equal(fixture.telephony.dialled[0]?.targetId, 'b');
  const a = (await fixture.stored()).trace?.candidates.find(({ targetId }) => targetId === 'a');
  t.match(
    a?.checks.find((each) => each.check === 'buyer-active'),
    { passed: false, values: 'paused by ops' },
  );
});

t.test('a campaign, a source or a number that is paused refuses with 480 and says why in the record', async (t) => {
  const source = pingingSource({ isRequired: false }, { pause: LUNCH });
  const did = {
    id: 'did',
    number: DID,
    campaignId: 'campaign',
    sourceId: 'source',
    isActive: true,
    pause: LUNCH,
    tags: {},
    fax: null,
  };
  const rows = [
    [{ campaign: { pause: LUNCH } }, /campaign Plumbing is paused by ops until .*lunch/],
    [{ document: { sources: [source] } }, /source Publisher is paused by ops/],
    [{ document: { dids: [did] } }, /DID \+12025550100 is paused by ops/],
  ] as const;
  for (const [options, detail] of rows) {
    const fixture = new CallFixture(options);
    const { call, done } = fixture.invite();
    await done;
    t.equal(call.rejectedWith, 480);
    t.match((await fixture.stored()).call.release?.detail, detail);
    await fixture.clock.advance(3_600_000);
    await servedCall(fixture);
    t.equal(fixture.telephony.dialled.length, 1, 'after its end calls are taken again');
  }
});
