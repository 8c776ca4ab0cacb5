/** The numbering plan against the forms in which trunks and bidders write numbers, and against anything else. */
import fc from 'fast-check';
import t from 'tap';
import { createNumberingPlan } from '../../../src/adapters/numbering/numbering-plan.js';
import { isE164 } from '../../../src/domain/trunks/phone-number.js';

const plan = createNumberingPlan();

t.test('numbers as trunks and bidders write them become E.164', async (t) => {
  const rows: ReadonlyArray<readonly [string, string, string | null]> = [
    ['+12125550123', 'US', '+12125550123'],
    ['12125550123', 'US', '+12125550123'],
    ['2125550123', 'US', '+12125550123'],
    ['(212) 555-0123', 'US', '+12125550123'],
    ['5555555555', 'US', '+15555555555'],
    ['tel:+12125550123', 'US', '+12125550123'],
    ['+442079460958', 'US', '+442079460958'],
    ['020 7946 0958', 'GB', '+442079460958'],
    ['020 7946 0958', 'gb', '+442079460958'],
    ['+442079460958', 'nowhere', '+442079460958'],
    ['2125550123', 'nowhere', null],
    ['', 'US', null],
    ['911', 'US', null],
    ['1-800-FLOWERS', 'US', null],
    ['+1212555012345678', 'US', null],
    ['anonymous', 'US', null],
    ['sip:+12125550123@example.com', 'US', null],
    ['+12125550123;ext=5', 'US', null],
    ['+12125550123\r\nX-Evil: 1', 'US', null],
    ['call 2125550123 now', 'US', null],
  ];
  for (const [text, country, expected] of rows) t.equal(plan.toE164(text, country), expected, `${text} in ${country}`);
});

t.test('whatever text comes in, the answer is E.164 or null', async (t) => {
  const digits = fc.stringMatching(/^\+?[0-9()\- ]{0,24}$/);
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), digits),
      fc.oneof(fc.constantFrom('US', 'GB', 'DE'), fc.string()),
      (text, country) => {
        const number = plan.toE164(text, country);
        return number === null || isE164(number);
      },
    ),
  );
  t.pass('no text makes it throw or answer with another form');
});

t.test('an area code names its state or province; toll-free and foreign ones name none', (t) => {
  const rows = [
    ['+15125550123', 'TX'],
    ['+12125550123', 'NY'],
    ['+14165550123', 'ON'],
    ['+12035550123', 'CT'],
    ['+13105550123', 'CA'],
    ['+17135550123', 'TX'],
    ['+17185550123', 'NY'],
    ['+19055550123', 'ON'],
    ['+18005550123', undefined],
    ['+19025550123', null],
    ['+493012345678', undefined],
    ['anonymous', undefined],
  ] as const;
  for (const [number, state] of rows) t.equal(createNumberingPlan().areaOf(number)?.state, state, number);
  t.end();
});
