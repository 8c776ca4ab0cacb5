// Calendars over the API: shared by targets and campaigns, refused with the place of what is wrong, kept while somebody names them.
import t from 'tap';
import { startApi } from './api-under-test.js';

const CALENDAR = {
  id: 'us',
  days: [
    { date: '12-25', name: 'Christmas' },
    { date: '2026-12-31', hours: ['09:00-12:00'] },
  ],
};
const CAMPAIGN = { id: 'roofing', currency: 'USD', targetIds: [], holdMusicPromptId: 'builtin:hold-music' };

t.test('a calendar is shared, and stays as long as a schedule names it', async (t) => {
  const api = await startApi(t);
  const made = await api.ask('/calendars', { method: 'POST', body: CALENDAR });
  t.equal(made.status, 201, made.text);
  t.same(made.json.days, [{ date: '12-25', name: 'Christmas', hours: [] }, CALENDAR.days[1]]);
  const schedule = { timeZone: 'America/Denver', calendars: ['us'] };
  const campaign = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, schedule } });
  t.equal(campaign.status, 201, campaign.text);
  t.same(campaign.json.schedule.calendars, ['us']);
  t.same(campaign.json.schedule.hours.sun, ['00:00-24:00'], 'without hours it is the calendars that close');
  t.match(api.deps.configuration.current().campaigns.get('roofing')?.schedule?.calendars, [{ id: 'us' }]);
  const { headers } = await api.ask('/calendars/us');
  const removed = await api.ask('/calendars/us', { method: 'DELETE', headers: { 'if-match': headers.etag ?? '' } });
  t.equal(removed.status, 409);
  t.match(removed.json.references, [{ section: 'campaigns', id: 'roofing', field: 'schedule.calendars[0]' }]);
});

t.test('an edit of a calendar changes no tag of the rows that name it', async (t) => {
  const api = await startApi(t);
  await api.ask('/calendars', { method: 'POST', body: CALENDAR });
  const schedule = { timeZone: 'America/Denver', calendars: ['us'] };
  await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, schedule } });
  const before = await api.ask('/campaigns/roofing');
  const { headers } = await api.ask('/calendars/us');
  const body = { ...CALENDAR, days: [] };
  const put = await api.ask('/calendars/us', { method: 'PUT', body, headers: { 'if-match': headers.etag ?? '' } });
  t.equal(put.status, 200, put.text);
  t.equal((await api.ask('/campaigns/roofing')).headers.etag, before.headers.etag);
  t.same(api.deps.configuration.current().campaigns.get('roofing')?.schedule?.calendars?.[0]?.days, []);
});

t.test('a calendar or a schedule that cannot be meant is refused with its place', async (t) => {
  const api = await startApi(t);
  const days = [
    [{ date: '02-30' }, 'days[0].date'],
    [{ date: '2027-02-29' }, 'days[0].date'],
    [{ date: '25.12.2026' }, 'days[0].date'],
    [{ date: '12-25', hours: ['9-5'] }, 'days[0].hours[0]'],
  ] as const;
  const placesOf = (json: { faults: { field: string }[] }): string => json.faults.map(({ field }) => field).join(' ');
  for (const [day, place] of days) {
    const { status, json, text } = await api.ask('/calendars', { method: 'POST', body: { id: 'us', days: [day] } });
    t.equal(status, 422, text);
    t.equal(placesOf(json), place);
  }
  const twice = { id: 'us', days: [{ date: '12-25' }, { date: '12-25' }] };
  t.equal(placesOf((await api.ask('/calendars', { method: 'POST', body: twice })).json), 'days[1].date');
  const schedules = [
    [{ timeZone: 'UTC', calendars: ['nowhere'] }, 'schedule.calendars[0]'],
    [{ timeZone: 'UTC', calendars: [] }, 'schedule'],
    [{ timeZone: 'UTC' }, 'schedule'],
  ] as const;
  for (const [schedule, place] of schedules) {
    const { json, text } = await api.ask('/campaigns', { method: 'POST', body: { ...CAMPAIGN, schedule } });
    t.equal(json.faults === undefined ? text : placesOf(json), place);
  }
});

t.test('a group of a plan names calendars as well, which stay as long as it does', async (t) => {
  const api = await startApi(t);
  await api.ask('/calendars', { method: 'POST', body: CALENDAR });
  const target = { id: 'alpha', buyerId: 'acme', destination: 'sip:desk@buyer.example', price: 30 };
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
  await api.ask('/targets', { method: 'POST', body: target });
  const planWith = (calendar: string): object => {
    const schedule = { timeZone: 'America/Denver', calendars: [calendar] };
    return { id: 'dated', root: { id: 'all', strategy: 'sequential', schedule, members: ['alpha'] } };
  };
  const faulty = await api.ask('/plans', { method: 'POST', body: planWith('nowhere') });
  t.equal(faulty.status, 422, faulty.text);
  t.match(faulty.json.faults, [{ field: 'root.schedule.calendars[0]' }]);
  const made = await api.ask('/plans', { method: 'POST', body: planWith('us') });
  t.equal(made.status, 201, made.text);
  t.same(made.json.root.schedule.calendars, ['us']);
  const { headers } = await api.ask('/calendars/us');
  const removed = await api.ask('/calendars/us', { method: 'DELETE', headers: { 'if-match': headers.etag ?? '' } });
  t.equal(removed.status, 409);
  t.match(removed.json.references, [{ section: 'plans', id: 'dated', field: 'root.schedule.calendars[0]' }]);
});

t.test(
  'a schedule without a week is open on special days alone, and refused when its calendars have none',
  async (t) => {
    const api = await startApi(t);
    await api.ask('/calendars', { method: 'POST', body: CALENDAR });
    await api.ask('/calendars', { method: 'POST', body: { id: 'closed', days: [{ date: '12-25' }] } });
    const withCalendar = (calendar: string): object => {
      return { ...CAMPAIGN, schedule: { timeZone: 'America/Denver', hours: {}, calendars: [calendar] } };
    };
    const made = await api.ask('/campaigns', { method: 'POST', body: withCalendar('us') });
    t.equal(made.status, 201, made.text);
    t.same(made.json.schedule.hours, {});
    const never = await api.ask('/campaigns', { method: 'POST', body: { ...withCalendar('closed'), id: 'never' } });
    t.equal(never.status, 422, never.text);
    t.match(never.json.faults, [{ field: 'schedule.hours', expected: /at least one range, here or on a day/ }]);
  },
);
