/** Offers and answers: what is taken, what is refused, and what is written back. */
import fc from 'fast-check';
import t from 'tap';
import {
  answerDirection,
  parseDescription,
  toRemoteMedia,
  writeAnswer,
  writeOffer,
} from '../../../src/embedded/freeswitch/sdp.js';

const local = { address: '127.0.0.1', port: 20_000, sessionId: 1, version: 2, direction: 'sendrecv' } as const;

function sdp(...media: readonly string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0', ...media].join('\r\n');
}

t.test('the first codec of the offer that both speak is taken', async (t) => {
  const remote = parseDescription(
    sdp('m=audio 4000 RTP/AVP 18 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:30'),
  );
  t.match(remote, { address: '10.0.0.1', port: 4000, payloadType: 8, telephoneEventPayloadType: 96, ptimeMs: 30 });
});

t.test('an offer without a common codec, without audio or with audio refused has no answer', async (t) => {
  t.equal(parseDescription(sdp('m=audio 4000 RTP/AVP 18')), null);
  t.equal(parseDescription(sdp('m=video 4000 RTP/AVP 0')), null);
  t.equal(parseDescription(sdp('m=audio 0 RTP/AVP 0')), null);
  t.equal(parseDescription(sdp('m=audio 4000 RTP/SAVP 0')), null);
  t.equal(
    parseDescription(sdp('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 L16/8000')),
    null,
    'a static number that was renamed',
  );
  t.equal(parseDescription(''), null);
});

t.test('an answer has as many streams as the offer, the others refused', async (t) => {
  const remote = parseDescription(
    sdp('m=video 5000 RTP/AVP 31', 'm=audio 4000 RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'm=x<y 1 z 9'),
  );
  if (remote === null) throw new Error('the offer was refused');
  const streams = writeAnswer(local, remote)
    .split('\r\n')
    .filter((line) => line.startsWith('m='));
  t.strictSame(streams, ['m=video 0 RTP/AVP 31', 'm=audio 20000 RTP/AVP 0 101', 'm=x 0 z 9']);
});

t.test('directions are answered as RFC 3264 says', async (t) => {
  t.equal(answerDirection('sendonly'), 'recvonly');
  t.equal(answerDirection('recvonly'), 'sendonly');
  t.equal(answerDirection('inactive'), 'inactive');
  t.equal(answerDirection('sendrecv'), 'sendrecv');
});

t.test('nothing is sent to a peer who holds or has no address', async (t) => {
  const held = parseDescription(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly'));
  if (held === null) throw new Error('the offer was refused');
  t.match(toRemoteMedia(held, false), { send: false, receive: true });
  t.match(toRemoteMedia({ ...held, direction: 'sendrecv', address: '0.0.0.0' }, false), { send: false });
});

t.test('events come on the number that our offer named', async (t) => {
  t.match(writeOffer(local), /m=audio 20000 RTP\/AVP 0 8 101\r\n/);
  const answer = parseDescription(sdp('m=audio 4000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000'));
  if (answer === null) throw new Error('the answer was refused');
  t.match(toRemoteMedia(answer, true), { telephoneEventPayloadType: 96, receiveTelephoneEventPayloadType: 101 });
});

t.test('any text is read without a throw', async (t) => {
  const line = fc.constantFrom(
    'm=audio 1 RTP/AVP 0',
    'm=',
    'c=IN IP4 1.2.3.4',
    'a=rtpmap:0',
    'a=',
    'c=',
    'a=ptime:x',
    '\0',
    'm=audio -1',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(line).map((lines) => lines.join('\n')),
      ),
      (text) => {
        const remote = parseDescription(text);
        t.ok(remote === null || remote.port > 0);
      },
    ),
    { numRuns: 500 },
  );
});
