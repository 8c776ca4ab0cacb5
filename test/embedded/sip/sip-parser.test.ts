/** The parser and the TCP framer: against the parser of drachtio-srf, against mutated messages, against the clock. */
import Srf from 'drachtio-srf';
import fc from 'fast-check';
import t from 'tap';
import { parseNameAddr } from '../../../src/embedded/sip/name-addr.js';
import { splitCommaList } from '../../../src/embedded/sip/sip-headers.js';
import { parseSipMessage } from '../../../src/embedded/sip/sip-parser.js';
import { parseSipUri } from '../../../src/embedded/sip/sip-uri.js';
import { TcpFramer } from '../../../src/embedded/sip/tcp-framer.js';
import { requestText } from './sip-requests.js';
import { tortureMessages } from './torture-messages.js';

const SEED = 4_475;

/** The parser of drachtio-srf, which its declarations leave out. */
const { SipMessage } = Srf as unknown as { readonly SipMessage: new (text: string) => ForeignMessage };

interface ForeignMessage {
  readonly method: string;
  readonly uri: string;
  readonly body: string;
  get(name: string): string;
  getParsedHeader(name: 'From'): { readonly params: Readonly<Record<string, string>> };
  getParsedHeader(name: 'CSeq'): { readonly seq: number };
  getParsedHeader(name: 'Via'): readonly { readonly params: Readonly<Record<string, string>> }[];
}

t.test('ordinary requests read as the parser of drachtio-srf reads them', async (t) => {
  const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._'), minLength: 1, maxLength: 12 });
  const header = fc.record({ name: word.map((text) => `X-${text.replace(/[._]/g, '')}a`), value: word });
  const request = fc.record({
    method: fc.constantFrom('INVITE', 'BYE', 'OPTIONS', 'MESSAGE', 'REGISTER'),
    user: word,
    tag: word,
    cseq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    headers: fc.uniqueArray(header, { maxLength: 5, selector: (one) => one.name }),
    body: fc.string({ unit: fc.constantFrom(...'abc \r\n=0'), maxLength: 60 }),
  });
  const property = fc.property(request, ({ method, user, tag, cseq, headers, body }) => {
    const text = requestText({
      method,
      branch: `z9hG4bK${tag}`,
      port: 5_060,
      sipCallId: tag,
      fromTag: tag,
      cseq,
      uri: `sip:${user}@127.0.0.1;transport=udp`,
      extra: headers.map(({ name, value }) => `${name}: ${value}`),
      body,
    });
    const theirs = new SipMessage(text);
    const ours = parseSipMessage(Buffer.from(text, 'latin1'), 'datagram');
    if (ours.outcome !== 'request') throw new Error(`${ours.outcome}: ${text}`);
    const same = (left: unknown, right: unknown, what: string) => {
      if (left !== right) throw new Error(`${what}: ${String(left)} is not ${String(right)}`);
    };
    same(ours.request.method, theirs.method, 'method');
    same(ours.request.uri, theirs.uri, 'uri');
    same(ours.request.body.toString('latin1'), theirs.body, 'body');
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', ...headers.map((one) => one.name)]) {
      same(ours.request.headers.get(name), theirs.get(name), name);
    }
    same(ours.envelope.fromTag, theirs.getParsedHeader('From').params.tag, 'tag');
    same(ours.envelope.via.params.get('branch'), theirs.getParsedHeader('Via')[0]?.params.branch, 'branch');
    same(ours.envelope.cseqNumber, theirs.getParsedHeader('CSeq').seq, 'cseq');
    return true;
  });
  t.doesNotThrow(() => fc.assert(property, { seed: SEED, numRuns: 300 }));
});

t.test('whatever bytes come, the parser says what they are and does not throw', async (t) => {
  const corpus = [
    ...tortureMessages().values(),
    Buffer.from(requestText({ branch: 'z9hG4bK1', port: 1, sipCallId: 'c', body: 'v=0' })),
  ];
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.integer({ min: 0, max: 12 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          '\r\n',
          '\r\n\r\n',
          ' ',
          ';',
          ',',
          '<',
          '>',
          '"',
          '\\',
          ':',
          '@',
          '\0',
          'Via: ',
          '%00',
          ';tag=',
          '99999999999',
        )
        .map((text) => Buffer.from(text)),
    ),
  });
  const property = fc.property(
    fc.nat(),
    fc.array(edit, { minLength: 1, maxLength: 12 }),
    fc.boolean(),
    (which, edits, isFramed) => {
      let bytes = corpus[which % corpus.length] ?? Buffer.alloc(0);
      for (const { at, remove, insert } of edits) {
        const cut = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, cut), insert, bytes.subarray(cut + remove)]);
      }
      const parsed = parseSipMessage(bytes, isFramed ? 'framed' : 'datagram');
      // What was read can be written, and what was written reads the same.
      if (parsed.outcome !== 'request') return true;
      const again = parseSipMessage(parsed.request.toBuffer(), 'datagram');
      if (again.outcome !== 'request') return false;
      const { via: _left, ...left } = parsed.envelope;
      const { via: _right, ...right } = again.envelope;
      return JSON.stringify(left) === JSON.stringify(right) && again.request.body.equals(parsed.request.body);
    },
  );
  t.doesNotThrow(() => fc.assert(property, { seed: SEED, numRuns: 4_000 }));
});

t.test(
  'a message of nothing but one byte, however long, is read in time that does not grow with its square',
  async (t) => {
    // 64 kB of each: a quadratic step would take minutes here, and the test would not end.
    for (const byte of [' ', '\t', '\r\n ', '\n', '\r', ';', ',', '"', '<', '\\', ':', '/', 'a', '\0', '%', '@']) {
      const long = byte.repeat(Math.floor(60_000 / byte.length));
      for (const template of [
        `INVITE ${long} SIP/2.0`,
        requestText({ branch: 'z9hG4bK1', port: 1, sipCallId: 'c', extra: [`Subject: ${long}`, `Contact: ${long}`] }),
      ]) {
        const text = template.replace('"Caller"', long).replace('sip:18005550100@127.0.0.1>', `${long}>`);
        t.ok(parseSipMessage(Buffer.from(`${text}\r\n\r\n`, 'latin1'), 'datagram').outcome);
      }
    }
  },
);

t.test('TCP: messages come out whole however the stream is cut, pings between them', async (t) => {
  const texts = ['a', 'bb', 'ccc'].map((body, at) =>
    requestText({ branch: `z9hG4bK${at}`, port: 1, sipCallId: String(at), body }),
  );
  const property = fc.property(fc.integer({ min: 1, max: 400 }), fc.boolean(), (cut, withPings) => {
    const stream = Buffer.from(texts.join(withPings ? '\r\n\r\n' : '\r\n'), 'latin1');
    const framer = new TcpFramer(65_535);
    const frames = [];
    for (let at = 0; at < stream.length; at += cut) frames.push(...framer.push(stream.subarray(at, at + cut)));
    const messages = frames.flatMap((frame) => (frame.kind === 'message' ? [frame.bytes.toString('latin1')] : []));
    const pings = frames.filter((frame) => frame.kind === 'ping').length;
    return messages.join() === texts.join() && pings === (withPings ? 2 : 0) && !framer.isPartial;
  });
  t.doesNotThrow(() => fc.assert(property, { seed: SEED }));
});

t.test('TCP: a stream that cannot be followed is broken off, and the buffer is bounded', async (t) => {
  const broken = (text: string, max = 1_000) =>
    new TcpFramer(max).push(Buffer.from(text)).map((frame) => (frame.kind === 'broken' ? frame.reason : frame.kind));
  t.same(broken('INVITE x SIP/2.0\r\nFrom: a\r\n\r\n'), ['no Content-Length']);
  t.same(broken('INVITE x SIP/2.0\r\nContent-Length: 5\r\nl: 6\r\n\r\n'), ['no Content-Length']);
  t.same(broken('INVITE x SIP/2.0\r\nContent-Length: 100000\r\n\r\n'), ['message too long']);
  t.same(broken('x'.repeat(1_001)), ['headers too long']);
  t.same(broken('INVITE x SIP/2.0\r\nl:0\r\n\r\n'), ['message']);
});

t.test('comma lists split outside quotes and brackets only', async (t) => {
  t.same(splitCommaList('<sip:a,b@x>;q="1,2" , "c, \\" d" <sip:e>,,f'), [
    '<sip:a,b@x>;q="1,2"',
    '"c, \\" d" <sip:e>',
    'f',
  ]);
});

t.test('addresses and URIs', async (t) => {
  t.match(parseNameAddr('"A \\" B" <sip:a@b;x=1>;tag=t;lone;q="1;2"'), { displayName: 'A " B', uri: 'sip:a@b;x=1' });
  t.equal(parseNameAddr('sip:a@b;tag=t')?.params.get('tag'), 't', 'bare, parameters are the header’s');
  t.equal(parseNameAddr('"open <sip:a@b>'), undefined);
  t.match(parseSipUri('sip:a%40;u=1:pw@[2001:DB8::1]:5070;LR;maddr=x?h=v'), {
    user: 'a%40;u=1',
    host: '2001:db8::1',
    port: 5_070,
    headers: 'h=v',
  });
  for (const bad of ['sip:', 'sip:a@', 'sip:a@b:99999', 'sip:a@b c', 'http://x', 'sip:[::1', 'sip:a@b:']) {
    t.equal(parseSipUri(bad), undefined, bad);
  }
});

t.test(
  'parameters behind an asserted identity are refused with 400, as the real drachtio refuses them (RFC 3325)',
  async (t) => {
    const outcomeOf = (line: string): string => {
      const text = requestText({ branch: 'z9hG4bKx', port: 5_060, sipCallId: 'x', extra: [line] });
      return parseSipMessage(Buffer.from(text), 'datagram').outcome;
    };
    const good = [
      '<sip:a@b;verstat=X>',
      '<sip:a;verstat=X@b>',
      '"A;" <sip:a@b>, <tel:+1;verstat=X>',
      'sip:a@b;verstat=X',
    ];
    for (const value of good) t.equal(outcomeOf(`P-Asserted-Identity: ${value}`), 'request', value);
    for (const name of ['P-Asserted-Identity', 'P-Preferred-Identity']) {
      t.equal(outcomeOf(`${name}: <sip:a@b>;verstat=X`), 'refuse', name);
    }
  },
);
