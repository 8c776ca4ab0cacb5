/** Templates: whatever a caller's data is, it stays inside its own value, in every encoding. */
import fc from 'fast-check';
import t from 'tap';
import { compileRequest } from '../../../src/adapters/bidders/compiled-request.js';
import type { RequestShape } from '../../../src/domain/bidding/bidder.js';

const shape = (parts: Partial<RequestShape>): RequestShape => ({
  method: 'POST',
  url: 'https://bids.example.com/rtb',
  headers: {},
  encoding: 'json',
  fields: null,
  ...parts,
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '+1","admin":true',
    '{{campaign}}',
    '"}',
    '\\',
    '&admin=1',
    '\r\nX-Admin: 1',
    '../../admin',
    '%2e%2e/',
    '?a=b#c',
    '\ud800',
  ),
);

t.test('a value put into a JSON body comes out as that value and changes nothing else', async (t) => {
  const request = compileRequest(
    shape({
      fields: {
        who: 'caller {{caller_number}}',
        list: ['{{caller_number}}', 1],
        fixed: true,
        __proto__x: '{{campaign}}',
      },
    }),
  );
  fc.assert(
    fc.property(hostile, hostile, (caller, campaign) => {
      const { body } = request.build({ caller_number: caller, campaign });
      const wanted = { who: `caller ${caller}`, list: [caller, 1], fixed: true, __proto__x: campaign };
      t.strictSame(JSON.parse(body ?? ''), wanted);
    }),
    { numRuns: 200 },
  );
});

t.test('a value in a form, in a query, in the path of the URL and in its query is read back as it was', async (t) => {
  const readable = (value: string): string => value.replace(/\p{Surrogate}/gu, '\ufffd');
  const form = compileRequest(shape({ encoding: 'form', fields: { a: '{{v}}', b: 'x' } }));
  const query = compileRequest(
    shape({ method: 'GET', encoding: 'query', url: 'https://b.example/x?k=1', fields: { a: '{{v}}' } }),
  );
  const url = compileRequest(
    shape({ method: 'GET', encoding: 'query', url: 'https://b.example/p/{{v}}/end?q={{v}}&z=1' }),
  );
  fc.assert(
    fc.property(hostile, (v) => {
      fc.pre(v !== '.' && v !== '..');
      t.same(
        [...new URLSearchParams(form.build({ v }).body ?? '')],
        [
          ['a', readable(v)],
          ['b', 'x'],
        ],
      );
      const asked = new URL(query.build({ v }).path, query.origin);
      t.same(
        [...asked.searchParams],
        [
          ['k', '1'],
          ['a', readable(v)],
        ],
      );
      const reached = new URL(url.build({ v }).path, url.origin);
      t.equal(reached.origin, 'https://b.example');
      t.same(
        [...reached.searchParams],
        [
          ['q', readable(v)],
          ['z', '1'],
        ],
      );
      t.equal(reached.pathname.split('/').length, 4, 'no value adds or climbs a level');
      t.equal(decodeURIComponent(reached.pathname.split('/')[2] ?? ''), readable(v));
    }),
    { numRuns: 200 },
  );
});

t.test('a dot segment, and a line break in a header, are not sent', async (t) => {
  const path = compileRequest(shape({ url: 'https://b.example/p/{{v}}/end' }));
  for (const v of ['.', '..']) t.throws(() => path.build({ v }), { name: 'UnsendableRequestError' });
  const header = compileRequest(shape({ headers: { 'X-Caller': '{{v}}' } }));
  for (const v of ['a\r\nX-Admin: 1', 'a\nb', 'a\0b', 'caf\u0101'])
    t.throws(() => header.build({ v }), { name: 'UnsendableRequestError' });
  t.ok(header.build({ v: '+12125550123' }).headers.join(' ').endsWith('x-caller +12125550123'));
});

t.test(
  'a leaf that is to be a number is one when the value is, and stays inside its text when it is not',
  async (t) => {
    const request = compileRequest(shape({ fields: { category: '{{ v | number }}', fixed: true } }));
    const sent = (v: string): unknown => JSON.parse(request.build({ v }).body ?? '');
    t.strictSame(
      [sent('24'), sent('-0.5'), sent('01234')],
      [
        { category: 24, fixed: true },
        { category: -0.5, fixed: true },
        { category: '01234', fixed: true },
      ],
    );
    t.same(JSON.parse(request.build({}).body ?? ''), { fixed: true });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.double().map(String), fc.integer().map(String)), (v) => {
        const { category } = sent(v) as { category: unknown };
        t.equal(String(category), v, 'no value changes on its way');
      }),
      { numRuns: 200 },
    );
    for (const fields of [{ a: 'no {{v|number}}' }, { a: '{{v|string}}' }])
      t.throws(() => compileRequest(shape({ fields })), { name: 'TemplateError' });
  },
);

t.test('a token that the call does not have leaves its field out; inside a text it is empty', async (t) => {
  const request = compileRequest(
    shape({ fields: { zip: '{{zip}}', text: 'zip: {{zip}}', list: ['{{zip}}', 'x'], own: '{{toString}}' } }),
  );
  t.same(JSON.parse(request.build({}).body ?? ''), { text: 'zip: ', list: ['x'] });
  t.same(JSON.parse(request.build({ zip: '' }).body ?? ''), { zip: '', text: 'zip: ', list: ['', 'x'] });
});

t.test('templates that cannot work are refused when they are read, with a sentence', async (t) => {
  const rows: ReadonlyArray<readonly [string, Partial<RequestShape>]> = [
    ['no URL', { url: '' }],
    ['a token in the host', { url: 'https://{{caller_number}}.example/' }],
    ['a scheme of another kind', { url: 'file:///etc/passwd' }],
    ['a password in the URL', { url: 'https://u:p@b.example/' }],
    ['half a token', { fields: { a: '{{caller_number' } }],
    ['a header of the connection', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['a header that is no name', { headers: { 'X A': '1' } }],
    ['a nested form', { encoding: 'form', fields: { a: { b: 'c' } } }],
    ['a GET with a body', { method: 'GET', fields: { a: 'b' } }],
  ];
  for (const [name, parts] of rows) t.throws(() => compileRequest(shape(parts)), { name: 'TemplateError' }, name);
});
