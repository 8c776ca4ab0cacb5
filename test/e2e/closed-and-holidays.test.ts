/**
 * Callers who find a campaign closed, and calls on a holiday: what they hear, and who is rung. Today and tomorrow are the holidays, so that
 * a run over midnight is one of the same day.
 */
import t from 'tap';
import type { Calendar } from '../../src/domain/routing/calendar.js';
import type { Condition } from '../../src/domain/routing/condition.js';
import type { Schedule } from '../../src/domain/routing/schedule.js';
import { group, planOf } from '../domain/plan-samples.js';
import { flowOf } from '../support/flow-samples.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const VOICEMAIL_LIMIT_MS = 2_000;
const DAY_MS = 86_400_000;
const ALWAYS = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
const NEVER: Schedule = { timeZone: 'UTC', ranges: [] };

/** By an expression, whose engine the app gives to the domain. */
const fromLosAngeles: Condition = {
  kind: 'tag',
  tag: 'caller.number',
  operator: 'matches',
  values: ['^\\+1310555\\d{4}$'],
  passesIfMissing: false,
};

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

function calendarOf(id: string, ranges: Calendar['days'][number]['ranges']): Calendar {
  const dates = [0, 1].map((days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10));
  return { id, name: id, days: dates.map((date) => ({ date, name: 'Founding day', ranges })) };
}

const CLOSED = calendarOf('closed', []);
const SPECIAL = calendarOf('special', [{ fromMinute: 0, toMinute: 1_440 }]);
const onWorkdays: Schedule = { timeZone: 'UTC', ranges: ALWAYS, calendarIds: ['closed'] };
const onHolidays: Schedule = { timeZone: 'UTC', ranges: [], calendarIds: ['special'] };

t.test(
  'outside the hours the caller hears the message in place of the greeting, and nobody is rung',
  { skip },
  async (t) => {
    const did = await sut.addCampaign({
      targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9' }],
      changes: { schedule: NEVER, whenClosed: [{ kind: 'message', promptId: 'sorry-message' }] },
    });
    const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
    t.ok(await caller.hears(TONE_PROMPTS['sorry-message'].hz));
    t.equal((await caller.run.ended).diagnosis, '');
    const { call, timeline } = await sut.record(caller);
    t.match(call, { outcome: 'message', release: { detail: /closed/ } });
    t.same(
      timeline.filter(({ step }) => step === 'greeting' || step === 'dialing'),
      [],
    );
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test('on a holiday of the campaign the caller leaves a voicemail', { skip }, async (t) => {
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9' }],
    calendars: [CLOSED],
    changes: {
      schedule: onWorkdays,
      whenClosed: [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: VOICEMAIL_LIMIT_MS }],
    },
  });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['voicemail-greeting'].hz), 'he hears the greeting of the voicemail');
  t.ok(await caller.hears(BUYER_HZ), 'and its tone');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call, recordings } = await sut.record(caller);
  t.match(call, { outcome: 'voicemail', release: { detail: /Founding day/ } });
  t.match(recordings, [{ kind: 'voicemail', state: 'ready' }]);
  t.ok((recordings[0]?.levels?.[0]?.rmsDbfs ?? -100) > -30, 'the caller is on it');
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('on a holiday the holiday team is rung, and the house is passed over', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-answers-expect-bye');
  const id = (name: string): string => `campaign-2-${name}`;
  const root = group('all', 'sequential', [
    group('house', 'sequential', [id('house')], { schedule: onWorkdays }),
    group('holidays', 'sequential', [id('holiday-team')], { schedule: onHolidays }),
  ]);
  const did = await sut.addCampaign({
    targets: [
      { id: 'house', uri: 'sip:nobody@127.0.0.1:9', price: 40 },
      { id: 'holiday-team', uri: buyer.run.uri, price: 20, changes: { condition: fromLosAngeles } },
    ],
    calendars: [SPECIAL],
    team: planOf(root, 'by-day'),
    changes: { planId: 'by-day' },
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 4_000 });
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'they talk');
  t.equal((await caller.run.ended).diagnosis, '');
  t.equal((await buyer.run.ended).diagnosis, '');
  const { call, timeline, trace } = await sut.record(caller);
  t.match(call, { outcome: 'sold', targetId: id('holiday-team'), planId: 'by-day' });
  t.equal(timeline.filter(({ step }) => step === 'dialing').length, 1);
  t.match(
    trace?.plan?.groups.find(({ group: name }) => name.endsWith('/house')),
    { reach: 'passed-over' },
  );
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('on a holiday the hours of a flow lead the caller to its closed way', { skip }, async (t) => {
  const prompt = { kind: 'prompt', promptId: 'sorry-message' } as const;
  const flow = flowOf(
    {
      when: { kind: 'hours', schedule: onWorkdays, open: 'sell', closed: 'sorry' },
      sorry: { kind: 'hang-up', prompt },
    },
    'by-day',
  );
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9' }], flow });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['sorry-message'].hz));
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, { outcome: 'message', flow: { flowId: 'by-day', nodeId: 'sorry' } });
  t.same(await sut.settled(), NOTHING_HELD);
});
