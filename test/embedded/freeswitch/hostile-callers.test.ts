/** What strangers write into SIP headers reaches events as text and does nothing else. */
import t from 'tap';
import { createRig } from './freeswitch-rig.js';

const HOSTILE = [
  'X-Ringpost-Call-Id: caf\xe9',
  'X-Percent: 100% %zz %0a%0d',
  'X-Expand: ${uuid} ${system(id)}',
  'X-Quote: "\\\' ;^^:,|&',
  'X-Long: '.padEnd(3000, 'x'),
  'X-Json: {"a":"\\u0000"}',
  'Subject: caf\xc3\xa9',
];

t.test('bytes that are not UTF-8, percent signs and expansions leave json and plain events well-formed', async (t) => {
  const rig = await createRig(t);
  const json = await rig.login();
  const plain = await rig.login('CUSTOM x::y');
  plain.send('event plain CHANNEL_ANSWER');
  const leg = await rig.leg({ extension: 'caller', headers: HOSTILE });
  await leg.call();
  const created = await json.event('CHANNEL_CREATE', leg.uuid);
  t.equal(created['variable_sip_h_X-Percent'], '100% %zz %0a%0d');
  t.equal(created['variable_sip_h_X-Expand'], undefined, 'an expansion is not kept');
  t.equal(created.variable_sip_subject, 'café');
  const greeted = await json.custom('ringpost::greeted');
  t.equal(greeted['Ringpost-Call-Id'], 'caf\uFFFD');
  const frame = await plain.frame((one) => one.headers.get('Content-Type') === 'text/event-plain');
  for (const line of frame.body.trimEnd().split('\n')) {
    const colon = line.indexOf(': ');
    t.ok(colon > 0, line);
    decodeURIComponent(line.slice(colon + 2));
  }
});

t.test('a variable whose value holds line breaks and expansions is shown as one value', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'caller' });
  await leg.call();
  await client.custom('ringpost::greeted');
  await client.api(`uuid_setvar ${leg.uuid} secret hidden`);
  await client.api(`uuid_setvar ${leg.uuid} hostile a\\nb \${secret}`);
  await client.execute(leg.uuid, 'set', 'copied=${hostile}');
  const copied = await client.event('CHANNEL_EXECUTE_COMPLETE', leg.uuid, (event) =>
    /copied/.test(event['Application-Data'] ?? ''),
  );
  t.equal(copied.variable_copied, 'a\nb ${secret}', 'a value is not expanded a second time');
  const dump = JSON.parse(await client.api(`uuid_dump ${leg.uuid} json`));
  t.equal(dump.variable_hostile, 'a\nb ${secret}');
});

t.test('a relative file name does not leave the folder for sounds', async (t) => {
  const rig = await createRig(t);
  const client = await rig.login();
  const leg = await rig.leg({ extension: 'caller' });
  await leg.call();
  await client.custom('ringpost::greeted');
  await client.execute(leg.uuid, 'playback', '../../../../etc/hostname.wav');
  const done = await client.event(
    'CHANNEL_EXECUTE_COMPLETE',
    leg.uuid,
    (event) => event.Application === 'playback' && /hostname/.test(event['Application-Data'] ?? ''),
  );
  t.equal(done['Application-Response'], 'FILE NOT FOUND');
});
