// The nodes of a flow that ask for no key, and those that end a call by themselves.
import t from 'tap';
import type { FlowNode } from '../../src/domain/flows/flow.js';
import { directoryNode, flowOf } from '../support/flow-samples.js';
import { fixtureWith, greeted, played, press, talkAndLeave } from '../support/flow-walk.js';

t.test('a caller is sent by condition, by hours, by share, and into another flow', async (t) => {
  const isTexan = {
    kind: 'tag',
    tag: 'caller.state',
    operator: 'equals',
    values: ['TX'],
    passesIfMissing: false,
  } as const;
  const never = { timeZone: 'America/New_York', ranges: [{ weekday: 7, fromMinute: 0, toMinute: 1 }] } as const;
  const nodes: Record<string, FlowNode> = {
    where: { kind: 'router', routes: [{ when: isTexan, next: 'mark' }], otherwise: 'bye' },
    mark: { kind: 'set-tag', tag: 'region', value: '{{caller.state}} by {{caller.time_zone}}', next: 'when' },
    when: { kind: 'hours', schedule: never, open: 'bye', closed: 'draw' },
    draw: {
      kind: 'splitter',
      shares: [
        { percent: 50, next: 'bye' },
        { percent: 50, next: 'other' },
      ],
    },
    other: { kind: 'go-to-flow', flowId: 'second' },
  };
  const second = flowOf({ pause: { kind: 'hold', durationMs: 2_000, next: 'sell' } }, 'second');
  const fixture = fixtureWith(flowOf(nodes), {}, [second]);
  const { call, done } = fixture.invite({ callerUser: '+15125550123' });
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(2_000);
  await talkAndLeave(fixture, { caller, done });
  t.match((await fixture.stored()).call, {
    outcome: 'sold',
    flow: { flowId: 'second', nodeId: 'sell', answers: { region: 'TX by America/Chicago' } },
  });
  t.same(fixture.leftovers(), []);
});

t.test('on a holiday of its calendar the hours of a flow are closed, and the timeline names the day', async (t) => {
  const days = [{ date: '2026-11-20', name: 'Inventory', ranges: [] }];
  const allDay = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
  const schedule = { timeZone: 'UTC', ranges: allDay, calendarIds: ['house'] };
  const flow = flowOf({ when: { kind: 'hours', schedule, open: 'sell', closed: 'bye' } });
  const fixture = fixtureWith(flow, { document: { calendars: [{ id: 'house', name: 'House', days }] } });
  await (await greeted(fixture)).done;
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye' } });
  const told = timeline.map(({ text }) => text).find((text) => text.startsWith('main, when: closed'));
  t.match(told, /closed, Fri \d\d:\d\d in UTC, 2026-11-20 \(Inventory\) in its calendar: closed; on to bye$/);
  t.same(fixture.leftovers(), []);
});

t.test('a webhook tells what the flow could not know; one that fails leads on', async (t) => {
  const request = {
    method: 'POST',
    url: 'https://crm.example/look',
    headers: {},
    encoding: 'json',
    fields: null,
  } as const;
  const asked = {
    kind: 'webhook',
    request,
    timeoutMs: 1_000,
    answers: { plan: 'data.plan' },
    next: 'sell',
    onFailure: 'bye',
  } as const;
  const good = fixtureWith(flowOf({ asked }));
  good.webhooks.set(request.url, { kind: 'answered', status: 200, values: { plan: 'gold' } });
  await talkAndLeave(good, await greeted(good));
  t.match((await good.stored()).call, { outcome: 'sold', flow: { answers: { plan: 'gold' } } });
  t.match(good.webhooksSent[0]?.tokens, { 'caller.number': '+13105550123', call_id: /./ });
  const bad = fixtureWith(flowOf({ asked }));
  await (await greeted(bad)).done;
  t.match((await bad.stored()).call, { outcome: 'message', flow: { nodeId: 'bye' } });
  t.same(bad.leftovers(), []);
});

t.test('an extension is dialled; when nobody answers, the flow goes on', async (t) => {
  const entries = { 101: { kind: 'sip', uri: 'sip:sales@127.0.0.1:5090' } } as const;
  const good = fixtureWith(flowOf({ who: directoryNode(entries) }));
  const walk = await greeted(good);
  await press(good, walk.caller, '101');
  await good.clock.advance(2_000);
  walk.caller.end();
  await good.clock.advance(400);
  await walk.done;
  t.match(good.telephony.dialled, [{ address: { uri: 'sip:sales@127.0.0.1:5090' } }]);
  t.match((await good.stored()).call, { outcome: 'fallback-connected', flow: { nodeId: 'who' } });
  t.same(good.leftovers(), []);
  const deaf = fixtureWith(flowOf({ who: directoryNode(entries) }));
  deaf.telephony.scripts.set('fallback', { kind: 'hang' });
  const second = await greeted(deaf);
  await press(deaf, second.caller, '9990#');
  t.match(played(deaf).at(-1), 'play question.wav', 'an extension that is not known');
  await press(deaf, second.caller, '101');
  await deaf.clock.advance(10_000);
  await second.done;
  t.match((await deaf.stored()).call, { outcome: 'message', flow: { nodeId: 'bye' } });
  t.same(deaf.leftovers(), []);
});

t.test('voicemail and block end the call by themselves', async (t) => {
  const voicemail = fixtureWith(flowOf({ box: { kind: 'voicemail', prompt: null, limitMs: 60_000 } }));
  const first = await greeted(voicemail);
  await voicemail.clock.advance(5_000);
  first.caller.end();
  await first.done;
  t.match((await voicemail.stored()).call, {
    outcome: 'voicemail',
    release: { detail: /flow main, box; voicemail of 5.0 s/ },
  });
  const block = fixtureWith(flowOf({ out: { kind: 'block-caller', prompt: null } }));
  await (await greeted(block)).done;
  t.match((await block.stored()).call, { outcome: 'message', release: { by: 'system', cause: 'CALL_REJECTED' } });
  t.match(block.callerLists.all(), [
    { kind: 'block', level: 'campaign', subjectId: 'campaign', caller: '+13105550123', addedBy: 'flow main' },
  ]);
  const { call: again, done: refused } = block.invite({ sipCallId: 'again' });
  await refused;
  t.equal(again.rejectedWith, 603, 'and is not let in again');
  const withheld = fixtureWith(flowOf({ out: { kind: 'block-caller', prompt: null } }));
  const { call, done } = withheld.invite({ isPrivate: true });
  (await call.answeredLeg.promise).greet();
  await done;
  t.same(withheld.callerLists.all(), [], 'who withholds his number cannot be known again');
});
