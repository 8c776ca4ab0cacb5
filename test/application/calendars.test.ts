// Holidays and hours, in whole calls on scripted ports: the virtual clock begins on Friday, 2026-11-20.
import t from 'tap';
import type { Calendar } from '../../src/domain/routing/calendar.js';
import type { Schedule } from '../../src/domain/routing/schedule.js';
import { group, planOf } from '../domain/plan-samples.js';
import { pingingSource, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { PingFixture } from '../support/ping-fixture.js';
import { servedCall } from '../support/served-call.js';

const allDay = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
const TODAY: Calendar = { id: 'house', name: 'House', days: [{ date: '2026-11-20', name: 'Inventory', ranges: [] }] };
const HOLIDAY: Schedule = { timeZone: 'UTC', ranges: allDay, calendarIds: ['house'] };
const NEVER: Schedule = { timeZone: 'UTC', ranges: [] };
const document = { calendars: [TODAY] };

t.test('a target on holiday is left out, and the trace names the day', async (t) => {
  const targets = [staticTarget('away', 40, { schedule: HOLIDAY }), staticTarget('there', 20)];
  const fixture = new CallFixture({ targets, document });
  t.same(await servedCall(fixture), ['there']);
  const away = (await fixture.stored()).trace?.candidates.find(({ targetId }) => targetId === 'away');
  t.match(
    away?.checks.find((each) => each.check === 'open-now'),
    { passed: false, values: /in UTC, 2026-11-20 \(Inventory\) in its calendar: closed/ },
  );
});

t.test('a campaign on holiday and a source outside its hours refuse with 480 and the reason', async (t) => {
  const closed = new CallFixture({ campaign: { schedule: HOLIDAY }, document });
  const { call, done } = closed.invite();
  await done;
  t.equal(call.rejectedWith, 480);
  t.match((await closed.stored()).call.release?.detail, /campaign Plumbing is closed: .*Inventory/);
  const source = pingingSource({}, { schedule: NEVER });
  const early = new CallFixture({ document: { sources: [source] } });
  const second = early.invite();
  await second.done;
  t.equal(second.call.rejectedWith, 480);
  t.match((await early.stored()).call.release?.detail, /source Publisher may not send calls now: it is Fri/);
  const pings = new PingFixture({}, source);
  t.match(await pings.ping(), { kind: 'no-bid', reason: 'closed-or-capped' });
});

t.test('a group on holiday is passed over for the one behind it, and the trace names the day', async (t) => {
  const targets = [staticTarget('house', 40), staticTarget('answering', 20)];
  const team = group('team', 'sequential', ['house'], { schedule: HOLIDAY });
  const plans = [planOf(group('all', 'sequential', [team, 'answering']))];
  const fixture = new CallFixture({ targets, campaign: { planId: 'main' }, document: { ...document, plans } });
  t.same(await servedCall(fixture), ['answering']);
  const passed = (await fixture.stored()).trace?.plan?.groups.flatMap(({ checks }) =>
    checks.filter((each) => !each.passed),
  );
  t.match(passed, [{ check: 'open-now', values: /2026-11-20 \(Inventory\) in its calendar: closed/ }]);
});

t.test('a group without a week of its own is open on the special day of its calendar alone', async (t) => {
  const special = { date: '2026-11-20', name: 'Inventory', ranges: [{ fromMinute: 0, toMinute: 1_440 }] };
  for (const [date, taken] of [
    ['2026-11-20', 'holiday-team'],
    ['2026-11-21', 'house'],
  ] as const) {
    const calendars = [{ id: 'house', name: 'House', days: [{ ...special, date }] }];
    const schedule = { timeZone: 'UTC', ranges: [], calendarIds: ['house'] };
    const team = group('holidays', 'sequential', ['holiday-team'], { schedule });
    const plans = [planOf(group('all', 'sequential', [team, 'house']))];
    const targets = [staticTarget('house', 40), staticTarget('holiday-team', 20)];
    const fixture = new CallFixture({ targets, campaign: { planId: 'main' }, document: { calendars, plans } });
    t.same(await servedCall(fixture), [taken]);
  }
});
