/** The event socket as clients use it: authentication, subscriptions, filters, jobs, commands to channels, and clients that do not read. */
import t from 'tap';
import { EventSocketClient } from './event-socket-client.js';
import { createRig } from './freeswitch-rig.js';

t.test('a wrong password is answered -ERR invalid and the connection ends', async (t) => {
  const rig = await createRig(t);
  const client = await EventSocketClient.open(rig.freeswitch.eventSocketPort);
  t.teardown(() => client.close());
  t.equal(await client.command('api status'), '-ERR command not found', 'nothing but auth is taken before it');
  t.equal(await client.command('auth ClueCon'), '-ERR invalid');
  const notice = await client.frame((one) => one.headers.get('Content-Type') === 'text/disconnect-notice');
  t.match(notice.body, /^Disconnected, goodbye\.\n/);
  await client.closed();
});

t.test('exit is answered +OK bye and a notice', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  t.equal(await client.command('exit'), '+OK bye');
  await client.closed();
});

t.test('commands answer with the words of FreeSWITCH', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login('HEARTBEAT');
  const table: readonly (readonly [command: string, reply: string])[] = [
    ['event json NOPE', '-ERR no keywords supplied'],
    ['event plain HEARTBEAT', '+OK event listener enabled plain'],
    ['event json DTMF CUSTOM a::b', '+OK event listener enabled json'],
    ['nixevent DTMF', '+OK events nixed'],
    ['filter Unique-ID abc', '+OK filter added. [Unique-ID]=[abc]'],
    ['filter delete Unique-ID abc', '+OK filter deleted. [Unique-ID][abc]'],
    ['filter delete all', '+OK filter deleted. [all][]'],
    ['filter', '-ERR command not found'],
    ['filter x', '-ERR invalid syntax'],
    ['linger', '-ERR not controlling a session'],
    ['divert_events on', '-ERR not controlling a session.'],
    ['sendmsg nope\ncall-command: hangup', '-ERR invalid session id [nope]'],
    ['log 6', '+OK log level 6 [6]'],
    ['nolog', '+OK no longer logging'],
    ['bgapi', '-ERR command not found'],
    ['nonsense', '-ERR command not found'],
    ['noevents', '+OK no longer listening for events'],
    ['noevents', '-ERR not listening for events'],
  ];
  for (const [command, reply] of table) t.equal(await client.command(command), reply, command);
});

t.test('api commands answer with the words of FreeSWITCH when there is no such channel', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const noChannel = '-ERR No such channel!\n';
  const table: readonly (readonly [command: string, answer: string])[] = [
    ['uuid_exists nope', 'false'],
    ['uuid_getvar nope x', noChannel],
    ['uuid_setvar nope x y', noChannel],
    ['uuid_setvar_multi nope x=y', `${noChannel}-USAGE: <uuid> <var>=<value>;<var>=<value>...\n`],
    ['uuid_kill nope', noChannel],
    ['uuid_transfer nope x', noChannel],
    ['uuid_dump nope', noChannel],
    ['uuid_break nope', noChannel],
    ['uuid_park nope', noChannel],
    ['uuid_bridge nope nope', '-ERR Invalid uuid\n'],
    ['uuid_record nope start /x.wav', '-ERR Cannot locate session!\n'],
    ['uuid_broadcast nope x', '-ERR invalid uuid\n'],
    ['uuid_send_dtmf nope 1', '-ERR Cannot locate session!\n'],
    ['uuid_answer nope', '-ERROR\n'],
    ['global_getvar nope', '-ERR no reply\n'],
    ['show channels count', '\n0 total.\n'],
    ['show channels as json', '{"row_count": 0}\n'],
    ['conference x list count', '-ERR Conference x not found\n'],
    ['nosuch thing', '-ERR nosuch Command not found!\n'],
  ];
  for (const [command, answer] of table) t.equal(await client.api(command), answer, command);
  t.match(await client.api('sofia status'), /drachtio_mrf\tprofile\t +sip:mod_sofia@127\.0\.0\.1:\d+\tRUNNING \(0\)/);
});

t.test('a background job is answered with its id, and its answer comes as an event', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  t.equal(await client.command('bgapi uuid_exists nope\nJob-UUID: job-1'), '+OK Job-UUID: job-1');
  const event = await client.event('BACKGROUND_JOB');
  t.match(event, { 'Job-UUID': 'job-1', 'Job-Command': 'uuid_exists', 'Job-Command-Arg': 'nope', _body: 'false' });
});

t.test('only the events that were asked for come, and only those that pass the filters', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login('CUSTOM a::b');
  await client.command('sendevent CUSTOM\nEvent-Subclass: c::d\nX: other');
  await client.command('filter X wanted');
  await client.command('sendevent CUSTOM\nEvent-Subclass: a::b\nX: unwanted');
  await client.command('sendevent CUSTOM\nEvent-Subclass: a::b\nX: Wanted');
  await client.command('filter delete X');
  await client.command('sendevent CUSTOM\nEvent-Subclass: a::b\nX: last');
  await client.custom('a::b', (event) => event.x === 'last');
  t.strictSame(
    client.events.map((event) => event.x),
    ['Wanted', 'last'],
  );
});

t.test('answers come in the order of their commands, sent all at once', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  for (let index = 0; index < 50; index += 1) client.send(`api echo ${index}`);
  for (let index = 0; index < 50; index += 1) {
    const { body } = await client.frame((one) => one.headers.get('Content-Type') === 'api/response');
    t.equal(body, String(index));
  }
});

t.test('a client that does not read is cut off, and the others go on', async (t) => {
  const rig = await createRig(t);
  const idle = await rig.login('CUSTOM a::b');
  const busy = await rig.login('HEARTBEAT');
  idle.socket.pause();
  const filler = 'x'.repeat(60_000);
  let sent = 0;
  while (rig.freeswitch.counts().eventSocketConnections === 2 && sent < 10_000) {
    await busy.command(`sendevent CUSTOM\nEvent-Subclass: a::b\nFiller: ${filler}`);
    sent += 1;
  }
  t.equal(rig.freeswitch.counts().eventSocketConnections, 1);
  t.equal(rig.freeswitch.counts().queuedEvents, 0);
  t.equal(await busy.api('uuid_exists x'), 'false');
});

t.test('the event socket binds to the loopback only', async (t) => {
  await t.rejects(createRig(t, { eventSocketAddress: '0.0.0.0' }), /binds to the loopback only/);
});

t.test('heartbeat tells how full the switch is', async (t) => {
  const rig = await createRig(t, { heartbeatMs: 20, globals: { ringpost_max_sessions: '7' } });
  const client = await rig.login('HEARTBEAT');
  t.match(await client.event('HEARTBEAT'), { 'Session-Count': '0', 'Max-Sessions': '7', 'Event-Info': 'System Ready' });
});
