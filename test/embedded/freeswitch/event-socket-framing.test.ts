/** Commands cut out of the byte stream, and events written so that no value of a stranger can break a frame. */
import fc from 'fast-check';
import t from 'tap';
import {
  CommandReader,
  commandReply,
  disconnectNotice,
} from '../../../src/embedded/freeswitch/event-socket-framing.js';
import { eventNameOf, SwitchEvent, urlEncode } from '../../../src/embedded/freeswitch/switch-event.js';

function readAll(chunks: readonly Buffer[]): readonly { line: string; body: string }[] | null {
  const reader = new CommandReader();
  const found: { line: string; body: string }[] = [];
  for (const chunk of chunks) {
    const commands = reader.push(chunk);
    if (commands === null) return null;
    found.push(...commands.map(({ line, body }) => ({ line, body })));
  }
  return found;
}

t.test('commands are cut the same wherever the network splits them', async (t) => {
  const stream = Buffer.from(
    'auth x\n\n\n\napi status\r\n\r\nsendmsg u\ncall-command: execute\nContent-Length: 7\n\nab\n\ncd\nexit\n\n',
  );
  const whole = readAll([stream]);
  t.strictSame(whole, [
    { line: 'auth x', body: '' },
    { line: 'api status', body: '' },
    { line: 'sendmsg u', body: 'ab\n\ncd\n' },
    { line: 'exit', body: '' },
  ]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 6 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const chunks = at.slice(1).map((end, index) => stream.subarray(at[index] ?? 0, end));
      t.strictSame(readAll(chunks), whole);
    }),
    { numRuns: 50 },
  );
});

t.test('header names are found in any case and blanks before a value are dropped', async (t) => {
  const [command] = new CommandReader().push(Buffer.from('sendmsg u\nCall-Command:   hangup\nnonsense\n\n')) ?? [];
  t.equal(command?.headers.get('call-command'), 'hangup');
  t.equal(command?.headers.size, 1);
});

t.test('a Content-Length that lies ends the connection', async (t) => {
  t.equal(new CommandReader().push(Buffer.from('sendevent X\nContent-Length: 99999999999\n\n')), null);
  t.equal(new CommandReader().push(Buffer.from('sendevent X\nContent-Length: -1\n\n')), null);
  t.equal(new CommandReader().push(Buffer.alloc(10_485_761, 'a')), null, 'a command without end');
});

t.test('any value survives event plain and event json', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (value) => {
      const event = new SwitchEvent('CUSTOM', 'a::b').add('Hostile', value).add('After', 'x');
      const wellFormed = value.replaceAll(
        /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
        '\uFFFD',
      );
      const lines = event.toPlain().split('\n');
      t.equal(lines.length, 4);
      t.equal(lines[1], 'After: x');
      decodeURIComponent(lines[0] ?? '');
      t.equal(JSON.parse(event.toJson()).Hostile, wellFormed);
    }),
    { numRuns: 300 },
  );
});

t.test('an escape that is not UTF-8 is encoded once more, one that is stays as FreeSWITCH leaves it', async (t) => {
  t.equal(urlEncode('a b%41'), 'a%20b%41');
  t.equal(urlEncode('caf%E9'), 'caf%25E9');
  t.equal(urlEncode('100%'), '100%25');
  t.equal(urlEncode('sofia/x/a@b:5060'), 'sofia/x/a%40b%3A5060');
});

t.test('a header added again moves to the end, an empty value is written as FreeSWITCH writes it', async (t) => {
  const event = new SwitchEvent('X').add('A', 1).add('B', '').add('a', 2).add('C', null);
  t.equal(event.toPlain(), 'B: _undef_\na: 2\n\n');
  event.body = 'äx';
  t.equal(event.toPlain(), 'B: _undef_\na: 2\nContent-Length: 3\n\näx');
});

t.test('event names are known in any case', async (t) => {
  t.equal(eventNameOf('channel_answer'), 'CHANNEL_ANSWER');
  t.equal(eventNameOf('SWITCH_EVENT_PLAYBACK_START'), 'PLAYBACK_START');
  t.equal(eventNameOf('NOPE'), null);
});

t.test('replies and notices have the form that clients parse', async (t) => {
  t.equal(commandReply('+OK', ['Job-UUID: 1']), 'Content-Type: command/reply\nReply-Text: +OK\nJob-UUID: 1\n\n');
  t.equal(disconnectNotice('bye\n', null), 'Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n');
});
