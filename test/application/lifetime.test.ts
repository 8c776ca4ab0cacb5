// Scopes, live calls and draining.
import t from 'tap';
import { CallScope, untilAborted } from '../../src/application/calls/call-scope.js';
import { LiveCalls } from '../../src/application/calls/live-calls.js';
import { watchConfiguration } from '../../src/application/configuration/watch-configuration.js';
import { drainCalls } from '../../src/application/survival/drain-calls.js';
import { receiveCall } from '../../src/domain/calls/call.js';
import { indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { Deferred } from '../support/deferred.js';
import { idleDesk } from '../support/idle-desk.js';
import { settled, VirtualClock } from '../support/virtual-clock.js';

t.test('a scope releases in reverse order, each once, also when one of them fails', async (t) => {
  const order: string[] = [];
  const errors: unknown[] = [];
  const scope = new CallScope((error) => void errors.push(error));
  scope.defer(() => void order.push('first'));
  scope.defer(() => Promise.reject(new Error('broken')));
  scope.defer(() => void order.push('last'));
  await Promise.all([scope[Symbol.asyncDispose](), scope[Symbol.asyncDispose]()]);
  t.same(order, ['last', 'first']);
  t.match(errors, [{ message: 'broken' }]);
  scope.defer(() => void order.push('late'));
  t.same(order, ['last', 'first', 'late'], 'what is acquired after the close is released at once');
});

t.test('a fork is aborted with its parent and leaves no listener on it', async (t) => {
  const scope = new CallScope(() => undefined);
  const child = scope.fork();
  scope.abort();
  t.ok(child.signal.aborted);
  t.ok(scope.fork().signal.aborted, 'a fork of an aborted scope begins aborted');
  await child[Symbol.asyncDispose]();
});

t.test('waiting under a signal ends with the signal', async (t) => {
  const controller = new AbortController();
  const never = untilAborted(controller.signal, new Promise<string>(() => undefined));
  controller.abort();
  t.equal(await never, null);
  t.equal(await untilAborted(new AbortController().signal, Promise.resolve('value')), 'value');
  t.equal(await untilAborted(controller.signal, Promise.resolve('value')), null);
});

t.test('a drain waits for calls that finish and cuts off the rest when its time is up', async (t) => {
  const clock = new VirtualClock();
  const live = new LiveCalls();
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).end();
  await done;
  t.same(await drainCalls(live, clock, { drainMs: 5_000, end: 'hang-up' }), { cutOff: 0, left: 0 });
  const current = () =>
    receiveCall({
      callId: 'c',
      sipCallId: 's',
      configurationVersion: 1,
      trunkId: null,
      callerNumber: '',
      calledNumber: '',
      callerName: null,
      startedAt: 0,
    });
  let leave = (): void => undefined;
  leave = live.add('c', { current, timeline: () => [], hangup: () => leave(), desk: idleDesk() });
  t.equal(live.list().length, 1);
  const drained = drainCalls(live, clock, { drainMs: 5_000, end: 'hang-up' });
  await clock.advance(5_000);
  t.same(await drained, { cutOff: 1, left: 0 });
  t.equal(live.isOpen, false);
  t.equal(clock.pendingTimers, 0);
});

t.test('work that outlives its call is waited for', async (t) => {
  const live = new LiveCalls();
  const mp3 = new Deferred<void>();
  live.follow(mp3.promise);
  let isDone = false;
  const followed = live.whenFollowed().then(() => {
    isDone = true;
  });
  await settled();
  t.equal(isDone, false);
  mp3.resolve();
  await followed;
  t.equal(isDone, true);
});

t.test('a configuration that another process applied is taken up, and its prompts are prepared', async (t) => {
  const clock = new VirtualClock();
  const empty = {
    trunks: [],
    dids: [],
    sources: [],
    campaigns: [],
    buyers: [],
    targets: [],
    bidders: [],
    prompts: [],
    plans: [],
    flows: [],
    calendars: [],
    agents: [],
  };
  let version = 1;
  let prepared = 0;
  const alarms: string[] = [];
  const versions: number[] = [];
  const configuration = {
    current: () => indexConfiguration(version > 1 && prepared > 0 ? version : 1, empty),
    refresh: async () => indexConfiguration(version, empty),
    apply: async () => indexConfiguration(version, empty),
    put: async () => ({ kind: 'moved' as const }),
    remove: async () => ({ kind: 'moved' as const }),
    export: async () => empty,
  };
  const prompts = {
    prepare: async () => {
      prepared += 1;
      return [{ promptId: 'greeting', sentence: 'the file is no audio' }];
    },
    find: () => null,
    speak: async () => null,
  };
  const events = {
    stepped: () => undefined,
    closed: () => undefined,
    unknownSource: () => undefined,
    alarm: (kind: string, sentence: string) => void alarms.push(`${kind}: ${sentence}`),
  };
  const stop = watchConfiguration(
    { configuration, prompts, events, clock },
    1_000,
    ({ version: seen }) => void versions.push(seen),
  );
  await clock.advance(1_000);
  t.equal(prepared, 0, 'nothing changed');
  version = 2;
  await clock.advance(1_000);
  t.equal(prepared, 1);
  t.same(versions, [2], 'and whoever guards the SIP port hears of it');
  t.same(alarms, ['prompt-missing: prompt greeting: the file is no audio']);
  stop();
  t.equal(clock.pendingTimers, 0);
});
