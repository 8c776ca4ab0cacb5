/**
 * Calls that a predictive group learns from, over real SIP and real audio: whoever's talks are billed is rung first afterwards, the trace says
 * by which figures, and the process that is started next on the same database knows them too.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { type ControlApp, startControlApp } from '../../src/main.js';
import { PREDICTION } from '../domain/plan-samples.js';
import { buildConfiguration, didOf } from './campaign-builder.js';
import { settingsBeside } from './settings-beside.js';
import { sharedFolder, startSwitchUnderTest } from './switch-under-test.js';
import { answering, calling, type Party } from './tone-parties.js';
import { AGENT_HZ, BUYER_HZ, CALLER_HZ, writeTonePrompts } from './tone-prompts.js';

const BRIEF_HZ = BUYER_HZ;
const STEADY_HZ = AGENT_HZ;
/** Of a second: a talk is billed from half a second on. */
const TALK_PACKETS = 50;

const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
t.teardown(() => scope[Symbol.asyncDispose]());
const folder = mkdtempSync(join(sharedFolder(), 'ringpost-predictive-'));
scope.defer(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'tones'));
const prompts = writeTonePrompts(join(folder, 'tones'));
const underTest = await startSwitchUnderTest();
scope.defer(() => underTest.stop());

/** One life of the process; the next one has its database. */
async function served(serve: (app: ControlApp) => Promise<void>): Promise<void> {
  const app = await startControlApp(settingsBeside(underTest, folder), pino({ level: 'silent' }));
  try {
    await serve(app);
  } finally {
    await app.close();
  }
}

/** A caller who talks to whom this tone is of. */
async function talking(t: Test, hz: number): Promise<Party> {
  const caller = await calling(t, { switch: underTest }, didOf(0), CALLER_HZ);
  await caller.media.hears(hz);
  await caller.media.receives(TALK_PACKETS);
  return caller;
}

/** The newest call, once all are over. */
async function lastRecord({ live, store }: ControlApp): Promise<CallDetails> {
  await live.whenEmpty();
  await live.whenFollowed();
  const [newest] = await store.calls.list({ limit: 1, before: null });
  const details = newest === undefined ? null : await store.calls.find(newest.callId);
  if (details === null) throw new Error('no call is stored');
  return details;
}

/** Whom the call came to, and what the trace says of their places. */
function ranking({ trace, timeline }: CallDetails) {
  const figures = trace?.candidates.map(({ targetId, checks }) => [
    targetId,
    checks.find(({ check }) => check === 'order')?.values,
  ]);
  return { rung: timeline.flatMap(({ step, data }) => (step === 'dialing' ? [data.targetId] : [])), figures };
}

t.test('whose talks are billed is rung first afterwards, by figures that a restart does not forget', async (t) => {
  const [brief, steady] = [await answering(t, BRIEF_HZ), await answering(t, STEADY_HZ)];
  const targets = [
    { id: 'brief', uri: brief.uri, price: 30, maxCalls: 1, changes: { billAfterMs: 600_000 } },
    { id: 'steady', uri: steady.uri, price: 20, changes: { priority: 2 } },
  ];
  const strategy = { ...PREDICTION, kind: 'predictive', counts: 'connected' } as const;
  await served(async (app) => {
    const document = buildConfiguration([{ targets, strategy }], prompts);
    await applyConfiguration({ configuration: app.store.configuration, prompts: app.prompts }, document);
    const first = await talking(t, BRIEF_HZ);
    const second = await talking(t, STEADY_HZ);
    for (const { call } of [first, second]) call.hangup();
    t.match(ranking(await lastRecord(app)), { rung: ['campaign-0-steady'] }, 'the other one has his one call');
    (await talking(t, STEADY_HZ)).call.hangup();
    const third = await lastRecord(app);
    t.match(third.call, { outcome: 'sold', priceMicros: 20_000_000 });
    t.match(ranking(third), {
      rung: ['campaign-0-steady'],
      figures: [
        [
          'campaign-0-brief',
          /^score 0\.00 USD: 0\.00 USD a call over 1 of the last 100 connected, .* average of 10\.00 USD/,
        ],
        ['campaign-0-steady', /^score 20\.00 USD: 20\.00 USD a call over 1 of the last 100 connected/],
      ],
    });
  });
  await served(async (app) => {
    (await talking(t, STEADY_HZ)).call.hangup();
    t.match(ranking(await lastRecord(app)), {
      rung: ['campaign-0-steady'],
      figures: [
        [
          'campaign-0-brief',
          /^score 0\.00 USD: 0\.00 USD a call over 1 of the last 100 connected, .* of 13\.333333 USD/,
        ],
        ['campaign-0-steady', /^score 20\.00 USD: 20\.00 USD a call over 2 of the last 100 connected/],
      ],
    });
  });
});
