// The link to one FreeSWITCH over the real modesl: order, deadlines, loss, and bytes that nobody expects.
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { DEFAULT_DEADLINES } from '../../../src/adapters/telephony/deadlines.js';
import type { ChannelEvent } from '../../../src/adapters/telephony/event-socket/channel-event.js';
import { command, isPlayable } from '../../../src/adapters/telephony/event-socket/event-socket-command.js';
import { EventSocketLink } from '../../../src/adapters/telephony/event-socket/event-socket-link.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { ScriptedEventSocket } from './scripted-event-socket.js';
import { KeptLog } from './telephony-under-test.js';

interface Rig {
  readonly server: ScriptedEventSocket;
  readonly link: EventSocketLink;
  readonly clock: VirtualClock;
  readonly log: KeptLog;
  /** Settles at the next time that the link comes up, or goes down. */
  nextUp(): Promise<void>;
  nextDown(): Promise<void>;
}

async function startRig(t: Test, prepare: (server: ScriptedEventSocket) => void = () => undefined): Promise<Rig> {
  const server = await ScriptedEventSocket.start();
  t.teardown(() => server.close());
  prepare(server);
  const clock = new VirtualClock();
  const log = new KeptLog();
  const link = new EventSocketLink({ server: server.server, clock, log, deadlines: DEFAULT_DEADLINES });
  t.teardown(() => link.close());
  const ups: (() => void)[] = [];
  const downs: (() => void)[] = [];
  const tell = (listeners: (() => void)[]): void => {
    for (const resolve of listeners.splice(0)) resolve();
  };
  link.onChange(
    () => tell(ups),
    () => tell(downs),
  );
  return {
    server,
    link,
    clock,
    log,
    nextUp: () => new Promise((resolve) => ups.push(resolve)),
    nextDown: () => new Promise((resolve) => downs.push(resolve)),
  };
}

async function connectedRig(t: Test): Promise<Rig> {
  const rig = await startRig(t);
  const up = rig.nextUp();
  rig.link.start();
  await up;
  return rig;
}

/** Turns the clock until the link has come back. */
async function reconnected(rig: Rig): Promise<void> {
  const up = rig.nextUp();
  await rig.clock.advance(500);
  await up;
}

t.test('it drops what modesl subscribes to by itself and asks for its own few events', async (t) => {
  const { server, link } = await connectedRig(t);
  t.equal(server.commands.at(-2), 'noevents');
  t.match(
    server.commands.at(-1),
    /^event json HEARTBEAT CHANNEL_BRIDGE .*CUSTOM( ringpost::(greeted|buyer_ready|monitoring|prompted|held)){5} spandsp::rxfaxresult$/,
  );
  t.equal(link.isUp, true);
});

t.test('answers belong to their commands in order, also when one came too late', async (t) => {
  const { server, link, clock } = await connectedRig(t);
  server.onApi = () => null;
  const slow = link.api(command('uuid_getvar', 'a', 'x'));
  const sent = server.next(/uuid_getvar b/);
  const second = link.api(command('uuid_getvar', 'b', 'x'), 60_000);
  await sent;
  const rejected = t.rejects(slow, { name: 'DeadlineError' });
  await clock.advance(DEFAULT_DEADLINES.commandMs);
  await rejected;
  server.apiAnswer('late');
  server.apiAnswer('second');
  t.equal(await second, 'second');
  t.equal(link.pendingCount, 0);
});

t.test('-ERR is an error, and nothing of what it says can break a log line', async (t) => {
  const { server, link } = await connectedRig(t);
  server.onApi = () => '-ERR no such\r\n\u0007thing\n';
  await t.rejects(link.api(command('uuid_kill', 'a')), {
    name: 'CommandFailedError',
    message: 'uuid_kill: -ERR no such   thing ',
  });
});

t.test('the connection is lost: a command that may be given twice is sent again over the next one', async (t) => {
  const rig = await connectedRig(t);
  const { server, link } = rig;
  server.onApi = () => null;
  const sent = server.next(/uuid_kill/);
  const pending = link.api(command('uuid_kill', 'a'));
  await sent;
  const down = rig.nextDown();
  server.dropClient();
  await down;
  const whileDown = link.api(command('uuid_send_dtmf', 'a', '1'));
  server.onApi = (line) => (line.startsWith('uuid_kill') ? 'killed' : 'sent');
  await reconnected(rig);
  t.same(await Promise.all([pending, whileDown]), ['killed', 'sent']);
  t.equal(link.pendingCount, 0);
  t.equal(server.connections, 2);
});

t.test(
  'the connection is lost: a command that may be carried out once fails, nobody knows whether it was',
  async (t) => {
    const rig = await connectedRig(t);
    const { server, link } = rig;
    server.onApi = () => null;
    const sent = server.next(/uuid_send_dtmf/);
    const pending = link.api(command('uuid_send_dtmf', 'a', '1'));
    await sent;
    const down = rig.nextDown();
    server.dropClient();
    await t.rejects(pending, { name: 'EventSocketLostError' });
    await down;
    t.equal(link.pendingCount, 0);
  },
);

t.test(
  'the connection does not come back: commands wait a second for it and then fail, and closing ends the wait',
  async (t) => {
    const rig = await connectedRig(t);
    const down = rig.nextDown();
    rig.server.close();
    await down;
    const waiting = t.rejects(rig.link.api(command('uuid_kill', 'a')), { name: 'EventSocketLostError' });
    await rig.clock.advance(DEFAULT_DEADLINES.flapMs);
    await waiting;
    const closed = t.rejects(rig.link.api(command('uuid_kill', 'a')), { name: 'EventSocketLostError' });
    rig.link.close();
    await closed;
    t.equal(rig.link.pendingCount, 0);
  },
);

t.test('events that cannot be read are dropped and the next one arrives', async (t) => {
  const { server, link, log } = await connectedRig(t);
  const events: ChannelEvent[] = [];
  const arrived = new Promise<void>((resolve) => {
    link.channels.set('channel-1', (event) => {
      events.push(event);
      resolve();
    });
  });
  server.eventBody('{"Event-Name":"CHANNEL_BRIDGE",');
  server.eventBody('[1,2]');
  server.eventBody('null');
  server.eventBody('{"Event-Name":{"a":1},"Unique-ID":["channel-1"]}');
  server.eventBody(Buffer.from('{"Event-Name":"DTMF","Unique-ID":"other","variable_x":"caf\xe9"}', 'latin1'));
  server.eventBody(Buffer.from('{"Event-Name":"DTMF","Unique-ID":"channel-1","variable_x":"caf\xe9 %zz"}', 'latin1'));
  await arrived;
  t.same(
    events.map((event) => event.name),
    ['DTMF'],
  );
  t.equal(log.lines.filter((line) => line.sentence === 'an event cannot be read; it is dropped').length, 3);
  t.equal(link.isUp, true);
  t.equal(server.connections, 1);
});

t.test('a listener that throws costs its event and nothing else', async (t) => {
  const { server, link, log } = await connectedRig(t);
  link.channels.set('bad', () => {
    throw new Error('a bug');
  });
  const arrived = new Promise<ChannelEvent>((resolve) => link.channels.set('good', resolve));
  server.event({ 'Event-Name': 'DTMF', 'Unique-ID': 'bad' });
  server.event({ 'Event-Name': 'CUSTOM', 'Event-Subclass': 'ringpost::greeted', 'Unique-ID': 'good' });
  t.equal((await arrived).name, 'ringpost::greeted');
  t.ok(log.has('an event could not be handled'));
});

t.test('a reply that modesl cannot decode costs the connection, not the process', async (t) => {
  const rig = await connectedRig(t);
  const down = rig.nextDown();
  rig.server.raw('Content-Type: command/reply\nReply-Text: -ERR %zz\n\n');
  await down;
  await reconnected(rig);
  t.equal(rig.link.isUp, true);
});

t.test('a FreeSWITCH that no longer answers is noticed on an idle link', async (t) => {
  const rig = await connectedRig(t);
  rig.server.onApi = () => null;
  const pinged = rig.server.next(/uuid_exists/);
  await rig.clock.advance(DEFAULT_DEADLINES.pingIntervalMs);
  await pinged;
  const down = rig.nextDown();
  await rig.clock.advance(DEFAULT_DEADLINES.pongMs);
  await down;
  t.match(rig.link.detail, /does not answer/);
});

t.test('a FreeSWITCH that takes the connection and says nothing is tried anew after 4 s', async (t) => {
  const { server, link, clock } = await startRig(t, (scripted) => Object.assign(scripted, { greeting: '' }));
  link.start();
  while (server.connections < 1) await clock.advance(0);
  await clock.advance(DEFAULT_DEADLINES.connectMs);
  while (!/says nothing/.test(link.detail)) await clock.advance(0);
  while (server.connections < 2) await clock.advance(50);
  t.equal(link.isUp, false);
});

for (const [what, settings, detail] of [
  ['a wrong password', { password: 'other' }, /refuses the password/],
  [
    'an access list',
    { greeting: 'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n' },
    /access list/,
  ],
] as const) {
  t.test(`${what} keeps the link down and says why`, async (t) => {
    const { server, link, clock } = await startRig(t, (scripted) => Object.assign(scripted, settings));
    link.start();
    while (!detail.test(link.detail)) await clock.advance(100);
    t.equal(link.isUp, false);
    t.ok(server.connections >= 1);
  });
}

t.test('no text can end a command and begin another', (t) => {
  const line = /^[A-Za-z0-9_.,:/+*#@%()=~-]+$/;
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 20 }), (word) => {
      try {
        const { args } = command('uuid_setvar', 'a', word);
        return line.test(word) && args === `a ${word}`;
      } catch (error) {
        return error instanceof Error && error.name === 'CommandRefusedError' && !line.test(word);
      }
    }),
  );
  for (const word of [
    'a b',
    'a\nb',
    'a\r',
    '',
    '$'.concat('{x}'),
    'a;b',
    "a'b",
    'a|b',
    'a\\nb',
    '[x]',
    '{x=y}a',
    'a!b',
  ]) {
    t.throws(() => command('uuid_record', 'a', word), { name: 'CommandRefusedError' }, JSON.stringify(word));
  }
  for (const path of [
    'relative.wav',
    '/a/../b.wav',
    'http://x/y.wav',
    '/a b.wav',
    '{x=1}/a.wav',
    'file_string:///a!/b',
    '|ls',
  ]) {
    t.equal(isPlayable(path), false, path);
  }
  t.equal(isPlayable('/var/lib/prompts/a-1_b.wav'), true);
  t.end();
});
