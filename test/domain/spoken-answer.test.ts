// What a recogniser has heard, read into keys: digits in words and figures, phrases of a menu, and whatever else callers say.
import fc from 'fast-check';
import t from 'tap';
import type { MenuKey } from '../../src/domain/flows/flow.js';
import { spokenDigits, spokenKey, wordsOf } from '../../src/domain/flows/spoken-answer.js';

const RUNS = { numRuns: 500 };
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

t.test('digits are read from words, figures and both, with what people say around them', async (t) => {
  for (const [said, digits] of [
    ['seven eight seven oh one', '78701'],
    ['Seven, eight, seven, zero, one.', '78701'],
    ['my zip is 7 8 7 oh one please', '78701'],
    ["oh, it's 78701", '78701'],
    ['nine double oh one triple two', '9001222'],
    ['five five five um one two one two', '5551212'],
    ['+1 (512) 555-0100', '15125550100'],
    ['78701-1234', '787011234'],
    ['double seven', '77'],
  ] as const) {
    t.equal(spokenDigits(said), digits, said);
  }
});

t.test('what is not clearly one row of digits is none', async (t) => {
  for (const said of [
    '',
    'oh',
    'I do not know it',
    'nine oh two ten',
    'twenty one',
    'seven eight no wait seven nine',
    'double',
    'double glazing 78701',
    'triple 12',
    '\u0661\u0662\u0663',
  ]) {
    t.equal(spokenDigits(said), null, said);
  }
});

t.test('any digits are read back from the words for them, whatever mixture of words and figures', async (t) => {
  const digit = fc.tuple(fc.nat(9), fc.boolean());
  const filler = fc.constantFrom('', ' and', ' um,', '-');
  fc.assert(
    fc.property(fc.array(fc.tuple(digit, filler), { minLength: 1, maxLength: 20 }), (parts) => {
      const said = parts.map(([[value, isWord], after]) => `${isWord ? WORDS[value] : value}${after}`).join(' ');
      t.equal(spokenDigits(`it is ${said}, thanks`), parts.map(([[value]]) => value).join(''), said);
    }),
    RUNS,
  );
});

t.test('no text of a recogniser is a fault, and what is read of it is digits or a key', async (t) => {
  const keys = { 1: { next: 'a', value: null, says: ['roof'] }, '#': { next: 'b', value: null } };
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      t.match(spokenDigits(text) ?? '0', /^[0-9]+$/);
      t.ok([null, '1'].includes(spokenKey(text, keys)));
    }),
    RUNS,
  );
});

const key = (...says: readonly string[]): MenuKey => ({ next: 'on', value: null, says });

t.test('a menu is answered by its words: the longest phrase counts, and a doubt is no key', async (t) => {
  const keys = { 1: key('roof', 'roofing'), 2: key('repair', 'gutter repair'), 3: key('new roof'), 0: key() };
  for (const [said, pressed] of [
    ['Roof.', '1'],
    ['I need some roofing done', '1'],
    ['a NEW roof, please', '3'],
    ['gutter repair', '2'],
    ['roof repair', null],
    ['gutter repair or a new roof', null],
    ['proof', null],
    ['zero', '0'],
    ['number two', '2'],
    ['four', null],
    ['', null],
  ] as const) {
    t.equal(spokenKey(said, keys), pressed, said);
  }
  t.equal(spokenKey('Caf\u00e9', { 1: key('cafe') }), '1', 'accents do not count');
  t.equal(spokenKey('je veux une r\u00e9paration', { 1: key('r\u00e9paration') }), '1');
  t.same(wordsOf("It's 5 o'clock \u2014 ok?"), ['its', '5', 'oclock', 'ok']);
});

t.test('a phrase is found wherever it stands in what was said', async (t) => {
  const word = fc.constantFrom('a', 'the', 'leak', 'house', 'please', 'quote');
  fc.assert(
    fc.property(fc.array(word), fc.array(word), (before, after) => {
      const said = [...before, 'solar', 'panels', ...after].join(' ');
      t.equal(spokenKey(said, { 5: key('solar panels'), 6: key('window') }), '5', said);
    }),
    RUNS,
  );
});
