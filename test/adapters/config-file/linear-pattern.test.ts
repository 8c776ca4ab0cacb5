// Expressions of conditions: what is one, what it matches, and that nothing can hold it up.
import fc from 'fast-check';
import t from 'tap';
import { linearPattern } from '../../../src/adapters/config-file/linear-pattern.js';
import { type Condition, holds } from '../../../src/domain/routing/condition.js';
import { givePatternEngine } from '../../../src/domain/routing/pattern.js';
import { readChanged, sentences } from './documented-example.js';

function matches(pattern: string): Condition {
  return { kind: 'tag', tag: 'ivr.zip', operator: 'matches', values: [pattern], passesIfMissing: false };
}

t.test('an expression need not cover the value, and knows no large letters', (t) => {
  t.notOk(holds(matches('^78'), new Map([['ivr.zip', '78701']])), 'without an engine nothing matches');
  givePatternEngine(linearPattern);
  t.teardown(() => givePatternEngine(() => null));
  const rows = [
    ['^78[67]', '78701', true],
    ['^78[67]', '78801', false],
    ['70', '78701', true],
    ['^(austin|dallas)$', 'AUSTIN', true],
    ['^\\d{5}$', '78701-1', false],
  ] as const;
  for (const [pattern, zip, expected] of rows) {
    t.equal(holds(matches(pattern), new Map([['ivr.zip', zip]])), expected, `${pattern} of ${zip}`);
  }
  t.notOk(holds(matches('.*'), new Map()), 'a tag that is missing matches nothing');
  t.end();
});

t.test('an expression that would make others stand still is done with at once, whatever the text', (t) => {
  const hostile = [`${'a'.repeat(50_000)}!`, 'ab'.repeat(20_000), '\ud800\u0000'.repeat(1_000)];
  for (const source of ['(a+)+$', '(a|a)*$', '(.*a){20}$', '^(a?){50}a{50}$', '(\\w+\\s?)*$']) {
    const pattern = linearPattern(source);
    for (const text of hostile) t.type(pattern?.matches(text), 'boolean', source);
  }
  t.end();
});

t.test('any text is an expression or none, and compiling it never throws', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.string(), (source, text) => {
      const pattern = linearPattern(source);
      return pattern === null || typeof pattern.matches(text) === 'boolean';
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

t.test('what is no expression of RE2 is refused at its place', (t) => {
  for (const value of ['(', '[z-a]', '(a)\\1', '(?=a)', '(?<=a)b', 'a{1001}', '(a{100}){100}']) {
    const condition = { kind: 'tag', tag: 'ivr.zip', operator: 'matches', values: [value] };
    t.match(sentences(readChanged({ 'targets.0.condition': condition })), [/^targets\[0\]\.condition: .*RE2/], value);
  }
  const two = { kind: 'tag', tag: 'ivr.zip', operator: 'matches', values: ['a', 'b'] };
  t.equal(sentences(readChanged({ 'targets.0.condition': two })).length, 1);
  const good = { kind: 'tag', tag: 'ivr.zip', operator: 'matches', values: ['^78[67]'] };
  t.same(sentences(readChanged({ 'targets.0.condition': good })), []);
  t.end();
});
