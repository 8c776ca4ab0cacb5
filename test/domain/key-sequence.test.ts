/** Which keys make a combination. */
import fc from 'fast-check';
import t from 'tap';
import { KeySequence } from '../../src/domain/flows/key-sequence.js';

function hits(combination: string, keys: string, gapMs = 100): number {
  const sequence = new KeySequence(combination);
  return [...keys].filter((key, index) => sequence.press(key, index * gapMs)).length;
}

t.test('a combination is found wherever it stands, and each key belongs to one', async (t) => {
  t.equal(hits('*7', '*7'), 1);
  t.equal(hits('*7', '12**75'), 1);
  t.equal(hits('*7', '*7*7'), 2);
  t.equal(hits('**', '***'), 1);
  t.equal(hits('*7', '7*'), 0);
  t.equal(hits('*7', '*7', 3_001), 0, 'too slow');
});

t.test('it is found as often as in the text of all keys', async () => {
  const key = fc.constantFrom('*', '#', '7');
  const combination = fc.array(key, { minLength: 2, maxLength: 4 }).map((keys) => keys.join(''));
  fc.assert(
    fc.property(combination, fc.array(key, { maxLength: 40 }), (wanted, keys) => {
      const text = keys.join('');
      return hits(wanted, text) === text.split(wanted).length - 1;
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  );
});
