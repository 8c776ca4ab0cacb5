// What a whisper says of a call: tokens, what stands in for an unknown one, and values that can only add words.
import fc from 'fast-check';
import t from 'tap';
import { hasTokens, plainText, sayable, spokenText, unknownToken } from '../../src/domain/prompts/spoken-text.js';

const VALUES = {
  tags: new Map([
    ['caller.state', 'TX'],
    ['ping.zip', '78701'],
  ]),
  campaign: 'Roofing, U.S.',
  source: 'Leads Inc',
};

t.test('tokens become what is known of the call, a state by its name and a ZIP digit by digit', async (t) => {
  const text = 'A {{campaign}} call from {{ state }}, ZIP {{tag:ping.zip}}, by {{source}}.';
  t.equal(spokenText(text, VALUES), 'A Roofing U S call from Texas, ZIP 7 8 7 0 1, by Leads Inc.');
});

t.test('what is not known gives way to the words after the bar, or to nothing', async (t) => {
  const text = 'From {{tag:ping.city|somewhere}}, area {{area_code}}.';
  t.equal(spokenText(text, VALUES), 'From somewhere, area.');
  t.equal(plainText('A call from {{state|an unknown state}} for {{campaign}}.'), 'A call from an unknown state for.');
  t.equal(plainText('Nothing to fill  in.'), 'Nothing to fill  in.');
});

t.test('an unknown or broken token is found as it stands', async (t) => {
  for (const [text, found] of [
    ['A call from {{stat}}.', '{{stat}}'],
    ['{{tag:}}', '{{tag:}}'],
    ['{{tag:Ping.Zip}}', '{{tag:Ping.Zip}}'],
    ['{{}}', '{{}}'],
    ['{{state', '{{state'],
    ['{{state}', '{{state'],
    ['a }} b', 'a }}'],
  ] as const) {
    t.equal(unknownToken(text), found, text);
  }
  for (const text of ['{{state}}', '{{ source }}', '{{tag:a.b.c|x y}}', '{ one brace }', 'none']) {
    t.equal(unknownToken(text), null, text);
  }
  t.notOk(hasTokens('{ one brace }'));
});

t.test('a value is never more than letters, digits and blanks, and never another token', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      const said = spokenText('Z {{tag:ping.x}} Z', { ...VALUES, tags: new Map([['ping.x', value]]) });
      return /^Z (?:[\p{L}\p{M}\p{N} ]+ )?Z$/u.test(said) && said.length <= 4 + 4 * 60;
    }),
  );
  t.equal(sayable('{{state}} [[h@"l]] <break/> `rm`; \u0000\u202e'), 'state h l break rm');
  t.equal(sayable('"; --'), null);
});
