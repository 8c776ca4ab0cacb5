/** Area codes and exchanges against a sample of the facts that they were taken from, and against the numbering plan. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import t from 'tap';
import { areaOf } from '../../../src/adapters/numbering/area-table.js';
import { EXCHANGE_STATES, NORTH_AMERICAN_AREAS } from '../../../src/adapters/numbering/north-american-areas.js';
import { AREA_TIME_ZONES, EXCHANGE_TIME_ZONES } from '../../../src/adapters/numbering/north-american-time-zones.js';

/** Rows such as `1208459|America/Denver`, without the country code. */
function rowsOf(file: string): readonly (readonly [prefix: string, fact: string])[] {
  const text = readFileSync(new URL(`../../../../test/fixtures/numbering/${file}`, import.meta.url), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, prefix, fact] = /^1(\d+)\|(.+)$/.exec(line) ?? [];
    return prefix === undefined || fact === undefined ? [] : [[prefix, fact] as const];
  });
}

const areaCodes = NORTH_AMERICAN_AREAS.flatMap(([, country, codes]) =>
  codes.split(' ').map((areaCode) => ({ areaCode, country })),
);

t.test('an area code of one time zone has it, of several the exchange decides, else nobody knows', (t) => {
  const rows = [
    ['+15125550123', 'America/Chicago'],
    ['+12125550123', 'America/New_York'],
    ['+16025550123', 'America/Phoenix'],
    ['+18085550123', 'Pacific/Honolulu'],
    // Boise and Coeur d'Alene; the rest of Idaho's 208 and all of 986 may be either.
    ['+12083310123', 'America/Denver'],
    ['+12086640123', 'America/Los_Angeles'],
    ['+12085550123', null],
    ['+19865550123', null],
    // Tallahassee and Pensacola.
    ['+18502220123', 'America/New_York'],
    ['+18504320123', 'America/Chicago'],
    ['+18505550123', null],
    // Ontario, Oregon, in an area code that is of the Pacific zone but for it.
    ['+15418890123', 'America/Denver'],
    ['+15415550123', 'America/Los_Angeles'],
    // The Navajo Nation keeps summer time, the rest of Arizona does not.
    ['+19288710123', null],
    ['+19285550123', 'America/Phoenix'],
    ['+19072720123', 'America/Anchorage'],
    ['+14165550123', 'America/Toronto'],
    ['+13065550123', 'America/Regina'],
    ['+18074670123', 'America/Winnipeg'],
    ['+17097220123', 'America/St_Johns'],
    ['+19025550123', 'America/Halifax'],
    ['+12503420123', 'America/Edmonton'],
    ['+12505550123', 'America/Vancouver'],
  ] as const;
  for (const [number, timeZone] of rows) t.equal(areaOf(number)?.timeZone, timeZone, number);
  t.end();
});

t.test('what the facts have wrong, or against one another, nobody knows', (t) => {
  const rows = [
    ...['+13645550123', '+14485550123', '+19305550123', '+14745550123', '+16895550123', '+12507850123', '+12504280123'],
    ...['+18676680123', '+18677660123', '+18075970123', '+18079370123', '+18124270123', '+18124780123', '+18504310123'],
    ...['+18506810123', '+19075810123', '+14235550123', '+12195550123', '+12705550123'],
  ];
  for (const number of rows) t.equal(areaOf(number)?.timeZone, null, number);
  t.end();
});

t.test('an exchange tells the province of an area code of several, else only the country is known', (t) => {
  t.match(areaOf('+19023680123'), { country: 'CA', state: 'PE', areaCode: '902', timeZone: 'America/Halifax' });
  t.match(areaOf('+19024200123'), { country: 'CA', state: 'NS', areaCode: '902', timeZone: 'America/Halifax' });
  t.match(areaOf('+19025550123'), { country: 'CA', state: null, areaCode: '902', timeZone: 'America/Halifax' });
  t.match(areaOf('+17825550123'), { country: 'CA', state: null, areaCode: '782', timeZone: 'America/Halifax' });
  t.match(areaOf('+18676690123'), { country: 'CA', state: 'NT', areaCode: '867', timeZone: 'America/Edmonton' });
  t.match(areaOf('+18679790123'), { country: 'CA', state: 'NU', areaCode: '867', timeZone: 'America/Toronto' });
  t.match(areaOf('+18676680123'), { country: 'CA', state: 'YT', areaCode: '867', timeZone: null });
  t.match(areaOf('+18675550123'), { country: 'CA', state: null, areaCode: '867', timeZone: null });
  t.end();
});

t.test('toll-free, premium, Caribbean and foreign numbers, and what is no number, are of no area', (t) => {
  const rows = ['+18005550123', '+18885550123', '+19005550123', '+18765550123', '+17875550123', '+442079460958'];
  for (const number of [
    ...rows,
    '+1208331012',
    '+120833101234',
    '12083310123',
    '+1208331012x',
    '+1',
    '',
    'anonymous',
  ]) {
    t.equal(areaOf(number), null, number);
  }
  t.end();
});

t.test('every row of a sample of the facts is told as it stands there, and several zones as none', (t) => {
  for (const [prefix, zones] of rowsOf('time-zones.txt')) {
    // An area code whose row names several zones lists what it knows better; its exchange 555 it does not know.
    const number = `+1${prefix}${'5550123'.slice(prefix.length - 3)}`;
    const single = zones.includes('&') ? null : zones.replace('America/Juneau', 'America/Anchorage');
    t.equal(areaOf(number)?.timeZone, single, `${prefix} is in ${zones}`);
  }
  for (const [prefix, place] of rowsOf('places.txt')) {
    const [, state] = /, ([A-Z]{2})$/.exec(place) ?? [];
    // The sample has Watson Lake without its territory.
    t.equal(areaOf(`+1${prefix}0123`)?.state, state ?? 'YT', `${prefix} is ${place}`);
  }
  t.end();
});

t.test('every area code is one of its country, and every time zone one that the clocks know', (t) => {
  for (const { areaCode, country } of areaCodes) {
    // The fictitious 555-01XX are valid by pattern in every area code.
    const parsed = parsePhoneNumberFromString(`+1${areaCode}5550123`);
    t.ok(parsed?.isValid(), `${areaCode} is assigned`);
    t.equal(parsed?.country, country, `${areaCode} is in ${country}`);
  }
  const zones = new Set([...AREA_TIME_ZONES.map(([zone]) => zone), ...EXCHANGE_TIME_ZONES.map(([, zone]) => zone)]);
  for (const timeZone of zones) {
    if (timeZone !== null) t.equal(new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone, timeZone);
  }
  t.end();
});

t.test('no area code and no exchange stands twice, and none without its area code', (t) => {
  const known = new Set(areaCodes.map(({ areaCode }) => areaCode));
  const twice = (names: readonly string[]): string[] => names.filter((name, at) => names.indexOf(name) !== at);
  const inZones = AREA_TIME_ZONES.flatMap(([, codes]) => codes.split(' '));
  t.same(twice(areaCodes.map(({ areaCode }) => areaCode)), []);
  t.same(twice(inZones), []);
  for (const table of [EXCHANGE_TIME_ZONES, EXCHANGE_STATES]) {
    const exchanges = table.flatMap(([areaCode, , ranges]) => {
      t.match(ranges, /^\d{3}(-\d{3})?( \d{3}(-\d{3})?)*$/, `${areaCode} ${ranges}`);
      return ranges.split(' ').flatMap((range) => {
        const [first = 0, last = first] = range.split('-').map(Number);
        return Array.from({ length: last - first + 1 }, (_, at) => `${areaCode} ${first + at}`);
      });
    });
    t.same(twice(exchanges), []);
  }
  const named = [...inZones, ...[...EXCHANGE_TIME_ZONES, ...EXCHANGE_STATES].map(([areaCode]) => areaCode)];
  t.same(
    named.filter((areaCode) => !known.has(areaCode)),
    [],
  );
  t.end();
});

t.test('whatever number calls, its first six digits decide, and its area code is its own', (t) => {
  const digits = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
  const anyAreaCode = fc.oneof(fc.constantFrom(...areaCodes.map(({ areaCode }) => areaCode)), digits(3));
  fc.assert(
    fc.property(anyAreaCode, digits(3), digits(4), digits(4), (areaCode, exchange, line, other) => {
      const area = areaOf(`+1${areaCode}${exchange}${line}`);
      if (areaOf(`+1${areaCode}${exchange}${other}`) !== area) return false;
      return area === null || area.areaCode === areaCode;
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => areaOf(text) === null || /^\+1\d{10}$/.test(text)));
  t.pass('no number is told apart by its last four digits');
  t.end();
});
