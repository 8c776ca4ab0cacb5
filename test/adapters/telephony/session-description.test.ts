/** Which SDP a message brings: bodies of strangers are not always SDP, and not always SDP alone. */
import t from 'tap';
import { bodyOf, isForeignBody } from '../../../src/adapters/telephony/sip/session-description.js';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

t.test('SDP alone, with line ends before it or with bytes beyond ASCII, is taken', async (t) => {
  t.equal(bodyOf({ body: SDP }), SDP);
  t.equal(bodyOf({ body: `\r\n${SDP}` }), SDP);
  t.equal(bodyOf({ body: SDP.replace('s=-', 's=Caf\xe9') }), SDP.replace('s=-', 's=Caf?'));
});

t.test('SDP beside ISUP in a multipart body is found', async (t) => {
  const isup = 'Content-Type: application/isup; version=itu-t92+\r\n\r\n\x01\x00\x60v=1\x00';
  const body = `--next\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--next\r\n${isup}\r\n--next--\r\n`;
  t.equal(bodyOf({ body }), SDP);
  t.notOk(isForeignBody({ body }));
});

t.test('what is no SDP is foreign, and no body is not', async (t) => {
  for (const body of ['hello\r\n', '<xml/>', 'v=1\r\n', '--x\r\n\r\nhello\r\n--x--\r\n', '--\r\n', '\0']) {
    t.equal(bodyOf({ body }), null);
    t.ok(isForeignBody({ body }), JSON.stringify(body));
  }
  for (const body of [undefined, '', '\r\n']) t.notOk(isForeignBody({ body }));
});

t.test('a port beyond 65,535, of which FreeSWITCH would take the rest of a division, is no SDP to go by', async (t) => {
  t.equal(bodyOf({ body: SDP.replace('4000', '70000') }), null);
  t.equal(bodyOf({ body: SDP.replace('4000', '65535') }), SDP.replace('4000', '65535'));
});
