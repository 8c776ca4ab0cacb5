/** The XML dialplan: which steps a destination has, judged before any of them runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { DialplanStep } from '../../../src/embedded/freeswitch/channel.js';
import { parameters, parseXml, readConfiguration } from '../../../src/embedded/freeswitch/configuration-xml.js';
import { parseContexts, XmlDialplan } from '../../../src/embedded/freeswitch/dialplan-xml.js';
import { looseChannel } from './loose-channel.js';

async function hunt(
  xml: string,
  destination: string,
  variables: Readonly<Record<string, string>> = {},
  dialplan = 'XML',
): Promise<DialplanStep[] | null> {
  const contexts = parseContexts(parseXml(`<context name="ringpost">${xml}</context>`));
  const { core, channel } = looseChannel();
  channel.profile.destinationNumber = destination;
  channel.profile.dialplan = dialplan;
  for (const [name, value] of Object.entries(variables)) channel.variables.set(name, value);
  return (await XmlDialplan.create(async () => contexts)).hunt(core, channel);
}

const one = `
  <extension name="first"><condition field="destination_number" expression="^1(\\d+)$">
    <action application="set" data="rest=$1"/><action application="park"/>
  </condition></extension>
  <extension name="second"><condition field="destination_number" expression="^2$">
    <action application="hangup"/><anti-action application="set" data="not=two"/>
  </condition></extension>`;

t.test('captures of the expression stand in the action', async (t) => {
  t.strictSame(await hunt(one, '123'), [
    { application: 'set', argument: 'rest=23' },
    { application: 'park', argument: '' },
  ]);
});

t.test('anti-actions run when a condition does not hold', async (t) => {
  t.strictSame(await hunt(one, '3'), [{ application: 'set', argument: 'not=two' }]);
});

t.test('a condition that does not hold ends its extension unless it says break never', async (t) => {
  const conditions = (breaks: string): string => `
    <extension name="x"><condition field="destination_number" expression="^x$"/>
      <condition field="\${who}" expression="^(.+)$"${breaks}><action application="playback" data="$1"/></condition>
      <condition field="destination_number" expression="^x$"><action application="park"/></condition>
    </extension>`;
  t.equal(await hunt(conditions(''), 'x'), null);
  t.strictSame(await hunt(conditions(' break="never"'), 'x'), [{ application: 'park', argument: '' }]);
  t.strictSame(await hunt(conditions(' break="never"'), 'x', { who: 'me' }), [
    { application: 'playback', argument: 'me' },
    { application: 'park', argument: '' },
  ]);
});

t.test('an extension that continues gives its steps and the next one is judged too', async (t) => {
  const xml = `<extension name="a" continue="true"><condition><action application="set" data="a=1"/></condition></extension>${one}`;
  t.equal((await hunt(xml, '12'))?.length, 3);
});

t.test('a captured text stays text: it is not judged as an expression again', async (t) => {
  const xml =
    '<extension name="x"><condition field="${a}" expression="^(.*)$"><action application="set" data="b=$1"/></condition></extension>';
  t.strictSame(await hunt(xml, 'x', { a: '$1 ${uuid}' }), [{ application: 'set', argument: 'b=$1 ${uuid}' }]);
});

t.test('a broken expression matches nothing', async (t) => {
  t.equal(
    await hunt(
      '<extension name="x"><condition field="destination_number" expression="(("><action application="park"/></condition></extension>',
      'x',
    ),
    null,
  );
});

t.test('the inline dialplan is a list of applications', async (t) => {
  t.strictSame(await hunt('', 'set:a=b,park', {}, 'inline'), [
    { application: 'set', argument: 'a=b' },
    { application: 'park', argument: '' },
  ]);
});

t.test('a configuration is read with its defaults, its environment and its includes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-conf-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'freeswitch.xml'),
    `<?xml version="1.0"?><document><!-- <X-PRE-PROCESS cmd="set" data="a=comment"/> -->
     <X-PRE-PROCESS cmd="set" data="a=default"/><X-PRE-PROCESS cmd="env-set" data="a=$A_HERE"/>
     <X-PRE-PROCESS cmd="set" data="b=$\${a}-b"/><X-PRE-PROCESS cmd="env-set" data="b=$B_MISSING"/>
     <X-PRE-PROCESS cmd="set" data="fixed=changed"/><X-PRE-PROCESS cmd="include" data="part*.xml"/></document>`,
  );
  writeFileSync(join(folder, 'part1.xml'), '<include><param name="x" value="$${b} $${fixed}"/></include>');
  const globals = new Map([['fixed', 'kept']]);
  const root = await readConfiguration(folder, { globals, fixed: new Set(['fixed']), environment: { A_HERE: 'env' } });
  t.equal(parameters(root).get('x'), 'env-b kept');
  await t.rejects(readConfiguration(join(folder, 'nowhere'), { globals, fixed: new Set(), environment: {} }));
});
