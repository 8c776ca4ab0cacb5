/** Variables and their expansion: once, and never what a stranger wrote. */
import fc from 'fast-check';
import t from 'tap';
import { separate } from '../../../src/embedded/freeswitch/argument-list.js';
import { ChannelVariables, expandVariables, switchTrue } from '../../../src/embedded/freeswitch/channel-variables.js';

const values: Readonly<Record<string, string>> = {
  name: 'value',
  digits: '0123456789',
  hostile: '${secret}',
  secret: 'shown',
  which: 'name',
};

const source = {
  variable: (name: string): string | null => values[name] ?? null,
  call: (name: string, argument: string): string | null => (name === 'shout' ? `${argument}!` : null),
};

const table: readonly (readonly [text: string, expanded: string])[] = [
  ['plain', 'plain'],
  ['${name}', 'value'],
  ['a${name}b${nope}c', 'avaluebc'],
  ['$${name}', 'value'],
  ['${digits:2}', '23456789'],
  ['${digits:2:3}', '234'],
  ['${digits:-3}', '789'],
  ['${${which}}', 'value'],
  ['${shout(${name})}', 'value!'],
  ['${shout a b}', 'a b!'],
  ['${nope(x)}', ''],
  ['\\${name}', '${name}'],
  ['open ${name', 'open ${name'],
  ['100$ and $name', '100$ and $name'],
];

t.test('expansion follows FreeSWITCH', async (t) => {
  for (const [text, expanded] of table) t.equal(expandVariables(text, source), expanded, text);
});

t.test('what an expansion brings in is not expanded again', async (t) => {
  t.equal(expandVariables('${hostile}', source), '${secret}');
  t.equal(expandVariables('${shout(${hostile})}', source), '${secret}!');
});

t.test('expansion ends for any text', async (t) => {
  const pieces = fc.constantFrom('$', '{', '}', '${', '${name}', '\\', '(', ')', ':', ' ', 'a', "'");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      t.type(expandVariables(parts.join(''), source), 'string');
    }),
    { numRuns: 500 },
  );
});

t.test('a value with an expansion in it is refused when it comes from outside', async (t) => {
  const variables = new ChannelVariables();
  t.equal(variables.setChecked('X-Header', 'a ${uuid}'), false);
  t.equal(variables.setChecked('X-Header', 'a $\\{uuid}'), false);
  t.equal(variables.get('x-header'), null);
  t.equal(variables.setChecked('X-Header', '$5 {fine}'), true);
  t.equal(variables.get('x-HEADER'), '$5 {fine}');
  variables.set('X-Header', '');
  t.equal(variables.get('X-Header'), null, 'an empty value removes');
});

t.test('words that FreeSWITCH takes for true', async (t) => {
  for (const word of ['true', 'YES', 'on', 't', '1', '-2', 'enabled', 'active', 'allow']) t.ok(switchTrue(word), word);
  for (const word of ['false', 'no', '0', '', 'x', null, undefined]) t.notOk(switchTrue(word), String(word));
});

t.test('arguments are split as switch_separate_string splits them', async (t) => {
  t.strictSame(separate('a  b c', ' ', 3), ['a', 'b', 'c']);
  t.strictSame(separate('a b c d', ' ', 3), ['a', 'b', 'c d']);
  t.strictSame(separate("a 'b c' d", ' ', 3), ['a', 'b c', 'd']);
  t.strictSame(separate("it's fine", ' ', 3), ["it's", 'fine']);
  t.strictSame(separate('a=1;b=2', ';', 9), ['a=1', 'b=2']);
  t.strictSame(separate('^^|a|b c', ' ', 9), ['a', 'b c']);
  t.strictSame(separate('', ' ', 3), []);
});
