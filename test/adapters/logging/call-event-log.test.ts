// What the log says of calls, and what it must not say.
import pino from 'pino';
import t from 'tap';
import { createCallEventLog } from '../../../src/adapters/logging/call-event-log.js';
import { receiveCall } from '../../../src/domain/calls/call.js';

const CALL = receiveCall({
  callId: 'call-1',
  sipCallId: 's',
  configurationVersion: 1,
  trunkId: null,
  callerNumber: '+13105550123',
  calledNumber: '+12025550100',
  callerName: null,
  startedAt: 0,
});

function logTo(level: string): { readonly log: pino.Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line)) }) };
}

t.test('a caller number is masked at info and whole at debug', async (t) => {
  const info = logTo('info');
  createCallEventLog(info.log).closed(CALL);
  t.equal(info.lines[0]?.caller, '+13*******23');
  t.notMatch(JSON.stringify(info.lines), /3105550123/);
  const debug = logTo('debug');
  createCallEventLog(debug.log).closed(CALL);
  t.equal(debug.lines[0]?.caller, '+13105550123');
});

t.test('a bidder who repeats the number of the caller does not get it into the log', async (t) => {
  const { log, lines } = logTo('info');
  const entry = {
    atMs: 1,
    step: 'ping',
    text: 'no bid: refused, "3105550123 is a duplicate"',
    data: { n: '+13105550123' },
  };
  createCallEventLog(log).stepped(CALL, entry as never);
  t.equal(lines.length, 1);
  t.notMatch(JSON.stringify(lines), /3105550123/);
});

t.test('every step carries the id of its call', async (t) => {
  const { log, lines } = logTo('info');
  createCallEventLog(log).stepped(CALL, { atMs: 12, step: 'answered', text: '200 OK to the caller', data: {} });
  t.match(lines[0], { callId: 'call-1', step: 'answered', atMs: 12, msg: '200 OK to the caller' });
});

t.test('a flood of unknown sources is counted and does not flood the log', async (t) => {
  const { log, lines } = logTo('info');
  const events = createCallEventLog(log);
  for (let index = 0; index < 250; index += 1) events.unknownSource('198.51.100.7');
  t.equal(events.unknownSources(), 250);
  t.equal(lines.length, 3);
});

t.test('a listener that throws is logged, and the others still hear', async (t) => {
  const { log, lines } = logTo('info');
  const events = createCallEventLog(log);
  const heard: string[] = [];
  events.subscribe({
    alarm: () => {
      throw new Error('broken listener');
    },
  });
  const leave = events.subscribe({ alarm: (kind) => void heard.push(kind) });
  events.alarm('store', 'disk full');
  leave();
  events.alarm('store', 'disk full');
  t.same(heard, ['store']);
  t.ok(lines.some((line) => line.msg === 'a listener of call events failed'));
});
