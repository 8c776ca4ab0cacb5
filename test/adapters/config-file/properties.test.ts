// What holds for every configuration file there can be: reading never throws, and what is exported is read again unchanged.
import fc from 'fast-check';
import t from 'tap';
import { formatConfigurationFile } from '../../../src/adapters/config-file/format-configuration-file.js';
import { hoursOf, rangesOf } from '../../../src/adapters/config-file/opening-hours.js';
import {
  readConfigurationText,
  readConfigurationValue,
} from '../../../src/adapters/config-file/read-configuration-file.js';
import type { OpeningRange } from '../../../src/domain/routing/schedule.js';
import { DOCUMENT } from '../../contract/configuration-samples.js';
import { EXAMPLE_TEXT, exampleWith, OPTIONS, sentences, type Tree } from './documented-example.js';

/** Every place of a tree, as steps joined by dots. */
function placesOf(value: unknown, place = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [place];
  const inner = Object.entries(value).flatMap(([key, child]) =>
    placesOf(child, place === '' ? key : `${place}.${key}`),
  );
  return place === '' ? inner : [place, ...inner];
}

const PLACES = placesOf(JSON.parse(EXAMPLE_TEXT)).filter((place) => place !== '');

await t.test('no JSON value makes the reader throw; what it refuses, it names', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const result = readConfigurationValue(value, OPTIONS);
      return result.ok || (result.faults.length > 0 && result.faults.every(({ path }) => path !== ''));
    }),
  );
  t.pass('any JSON value');
});

await t.test(
  'any JSON value at any place of a valid file is read or refused, and what is read is read again',
  async (t) => {
    fc.assert(
      fc.property(fc.constantFrom(...PLACES), fc.jsonValue({ maxDepth: 3 }), (place, value) => {
        const result = readConfigurationValue(exampleWith({ [place]: value }) as Tree, OPTIONS);
        if (!result.ok) return result.faults.length > 0;
        const again = readConfigurationText(formatConfigurationFile(result.document), OPTIONS);
        return again.ok && JSON.stringify(again.document) === JSON.stringify(result.document);
      }),
      { numRuns: 500 },
    );
    t.pass('any place');
  },
);

await t.test('a file that is exported is read again unchanged', async (t) => {
  // The store, and not the file, numbers the versions of a plan.
  const unpublished = { ...DOCUMENT, plans: DOCUMENT.plans.map((plan) => ({ ...plan, version: 0 })) };
  for (const document of [unpublished, readDocument(EXAMPLE_TEXT)]) {
    const text = formatConfigurationFile(document);
    t.strictSame(readDocument(text), document);
    t.equal(formatConfigurationFile(readDocument(text)), text);
  }
});

function readDocument(text: string) {
  const result = readConfigurationText(text, OPTIONS);
  if (!result.ok) throw new Error(sentences(result).join('\n'));
  return result.document;
}

await t.test('every amount with six decimals survives the file to the micro', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), (minimumBidMicros) => {
      const campaigns = DOCUMENT.campaigns.map((campaign) => ({ ...campaign, minimumBidMicros }));
      const text = formatConfigurationFile({ ...DOCUMENT, campaigns });
      return readDocument(text).campaigns[0]?.minimumBidMicros === minimumBidMicros;
    }),
  );
  t.pass('any amount');
});

await t.test('any opening hours survive being written as text', async (t) => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const range = fc
    .record({
      weekday: fc.integer({ min: 1, max: 7 }),
      fromMinute: minute,
      toMinute: fc.integer({ min: 0, max: 1_440 }),
    })
    .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute);
  fc.assert(
    fc.property(fc.array(range), (unsorted) => {
      const ranges = unsorted.toSorted((left, right) => left.weekday - right.weekday) as readonly OpeningRange[];
      return JSON.stringify(rangesOf(hoursOf(ranges))) === JSON.stringify(ranges);
    }),
  );
  t.pass('any hours');
});
