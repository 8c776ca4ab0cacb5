// What a trunk's policy leaves of an offer, and how its answer fits the whole offer again.
import fc from 'fast-check';
import t from 'tap';
import {
  acceptableOffer,
  answerToWhole,
  hasAudio,
  policedOffer,
} from '../../../src/adapters/telephony/legs/media-policy.js';
import type { MediaPolicy } from '../../../src/domain/trunks/trunk.js';

const PLAIN: MediaPolicy = { codecs: ['PCMU', 'PCMA'], dtmf: 'rfc4733', srtp: 'off' };
const SECURE: MediaPolicy = { ...PLAIN, srtp: 'required' };
const HEAD = ['v=0', 'o=FreeSWITCH 1 2 IN IP4 192.0.2.1', 's=FreeSWITCH', 'c=IN IP4 192.0.2.1', 't=0 0'];
const MAPS = ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'];
const sdp = (...lines: readonly string[]): string => `${[...HEAD, ...lines].join('\r\n')}\r\n`;
/** As FreeSWITCH offers with rtp_secure_media=optional. */
const BOTH = sdp(
  'm=audio 18000 RTP/SAVP 0 8 101',
  ...MAPS,
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA',
  'm=audio 18000 RTP/AVP 0 8 101',
  ...MAPS,
);

t.test('of a secure and a plain line, one goes to the trunk, and the answer refuses the other', (t) => {
  t.same(policedOffer(BOTH, PLAIN), { kind: 'offer', sdp: sdp('m=audio 18000 RTP/AVP 0 8 101', ...MAPS) });
  const secured = policedOffer(BOTH, SECURE);
  t.match(secured, { kind: 'offer', sdp: /RTP\/SAVP 0 8 101[\s\S]*a=crypto:1/ });
  const answer = sdp('m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000');
  t.equal(
    answerToWhole(BOTH, answer, PLAIN),
    sdp('m=audio 0 RTP/SAVP 0', 'm=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'),
  );
  const crypto = sdp('m=audio 40000 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BBBB');
  t.match(answerToWhole(BOTH, crypto, SECURE), /m=audio 40000 RTP\/SAVP 0\r\na=crypto.*\r\nm=audio 0 RTP\/AVP 0\r\n$/);
  t.end();
});

t.test('a trunk of plain RTP is refused when the media server offers SRTP alone', (t) => {
  const offer = sdp('m=audio 18000 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA');
  t.match(policedOffer(offer, PLAIN), { kind: 'refused', detail: /SRTP alone/ });
  t.end();
});

t.test('what comes from a trunk loses the other codecs and keeps its lines; static types need no rtpmap', (t) => {
  const offer = sdp('m=audio 4000 RTP/AVP 9 0 96 13', 'a=rtpmap:96 telephone-event/8000', 'm=video 5000 RTP/AVP 97');
  t.same(acceptableOffer(offer, PLAIN), {
    kind: 'offer',
    sdp: sdp('m=audio 4000 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000', 'm=video 5000 RTP/AVP 97'),
  });
  t.match(acceptableOffer(offer, SECURE), {
    kind: 'refused',
    detail: "the caller's offer has no SRTP with PCMU, PCMA",
  });
  t.match(acceptableOffer(sdp('m=image 4000 udptl t38'), PLAIN), { kind: 'refused' });
  t.end();
});

t.test('T.38 and video alone are no audio; audio on hold is', (t) => {
  t.equal(hasAudio(sdp('m=image 4000 udptl t38')), false);
  t.equal(hasAudio(sdp('m=audio 0 RTP/AVP 0')), true);
  t.end();
});

t.test('no text of a stranger makes any of it throw', (t) => {
  const line = fc.oneof(
    fc.constantFrom(
      'm=audio 4000 RTP/AVP 0 8',
      'm=audio',
      'm=',
      'a=rtpmap:0',
      'a=rtpmap: ',
      'v=0',
      '',
      'm=audio x y z',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line), fc.array(line), (offer, answer) => {
      const [one, other] = [offer.join('\r\n'), answer.join('\n')];
      for (const policy of [PLAIN, SECURE]) {
        policedOffer(one, policy);
        acceptableOffer(one, policy);
        t.type(answerToWhole(one, other, policy), 'string');
      }
      t.type(hasAudio(one), 'boolean');
    }),
    { numRuns: 200 },
  );
  t.end();
});
