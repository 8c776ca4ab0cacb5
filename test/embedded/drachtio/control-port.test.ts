/** The control port, frame by frame: what is let in, what is answered to what, who gets which request. A bare socket as application. */
import fc from 'fast-check';
import t from 'tap';
import { createFrame, FrameFault, FrameReader } from '../../../src/embedded/drachtio/control-frames.js';
import { createDrachtioServer } from '../../../src/embedded/drachtio/drachtio-server.js';
import { requestText } from '../sip/sip-requests.js';
import { createControlPeer } from './control-peer.js';
import { createSwitch, SECRET, until } from './switch-rig.js';

t.test('frames are put together however the stream is cut', async (t) => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  const property = fc.property(payloads, fc.integer({ min: 1, max: 40 }), (written, cut) => {
    const stream = Buffer.concat(written.map((payload) => createFrame('', Buffer.from(payload))));
    const reader = new FrameReader();
    const read: Buffer[] = [];
    for (let at = 0; at < stream.length; at += cut) read.push(...reader.push(stream.subarray(at, at + cut)));
    return read.length === written.length && read.every((one, at) => one.equals(Buffer.from(written[at] ?? [])));
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test(
  'a stream that is no sequence of frames, or a frame that the real server would wait for ever for, is a fault',
  async (t) => {
    for (const stream of ['x#y', '#', '123456#', '12229#', '-1#x', ' 1#x', '1 #x']) {
      t.throws(() => new FrameReader().push(Buffer.from(stream)), FrameFault, stream);
    }
    t.same(new FrameReader().push(Buffer.from('0#1#a')), [Buffer.from('a')]);
  },
);

t.test('the right secret gets addresses and version; a wrong one is told and closed', async (t) => {
  const { server, udpPort, tcpPort } = await createSwitch(t);
  const peer = await createControlPeer(server.controlPort);
  const msgId = peer.send(`authenticate|${SECRET}|tag1,tag2`);
  const hostports = `udp/127.0.0.1:${udpPort},tcp/127.0.0.1:${tcpPort}`;
  t.match(
    await peer.receive('|response|'),
    new RegExp(`^[0-9a-f-]{36}\\|response\\|${msgId}\\|OK\\|${hostports}\\|v0\\.9\\.10\\|${hostports}$`),
  );
  const ping = peer.send('ping');
  t.match(await peer.receive(ping), /\|OK\|pong$/);
  peer.socket.destroy();
  const stranger = await createControlPeer(server.controlPort);
  const wrong = stranger.send('authenticate|cymru');
  t.match(await stranger.receive(wrong), /\|NO\|incorrect secret$/);
  await stranger.closed;
});

t.test('before the secret nothing is accepted, and a silent connection is closed after 10 s', async (t) => {
  const { server, clock } = await createSwitch(t);
  for (const text of [
    'route|invite',
    'ping',
    'sip||\r\nOPTIONS sip:1@127.0.0.1:9 SIP/2.0\r\n\r\n',
    'remove_route|invite',
    'proxy|x',
    'nonsense',
  ]) {
    const peer = await createControlPeer(server.controlPort);
    const msgId = peer.send(text);
    t.match(await peer.receive(msgId), /\|NO\|not authenticated$/, text);
    await peer.closed;
  }
  t.match(server.counts(), { clients: 0, sip: { clientTransactions: 0 } });
  const silent = await createControlPeer(server.controlPort);
  await until(() => clock.waitingCount === 1);
  clock.advance(10_000);
  await silent.closed;
  t.equal(server.counts().clients, 0);
});

t.test('an application that sends nonsense after the secret is told and closed', async (t) => {
  const { server } = await createSwitch(t);
  for (const [text, answer] of [
    ['nonsense|x', /\|NO\|Unknown message type$/],
    ['sip|||\r\nSIP/2.0 200 OK\r\n\r\n', /\|NO\|transaction id missing$/],
  ] as const) {
    const peer = await createControlPeer(server.controlPort, SECRET);
    const msgId = peer.send(text);
    t.match(await peer.receive(msgId), answer);
    await peer.closed;
  }
  const oneToken = await createControlPeer(server.controlPort, SECRET);
  oneToken.socket.write('5#hello');
  t.match(await oneToken.receive('Invalid'), /\|response\|hello\|NO\|Invalid message format$/);
  await oneToken.closed;
  const large = await createControlPeer(server.controlPort, SECRET);
  large.socket.write('99999#');
  await large.closed;
  t.equal(server.counts().clients, 0);
});

t.test('what cannot be sent is refused with the sentence of the real server, and the connection stays', async (t) => {
  const { server } = await createSwitch(t);
  const peer = await createControlPeer(server.controlPort, SECRET);
  const message = (startLine: string, rest = '\r\n') => `sip|||\r\n${startLine}\r\n${rest}`;
  for (const [text, answer] of [
    [message('INVITE http://127.0.0.1 SIP/2.0'), 'NOK|invalid request-uri: INVITE http://127.0.0.1 SIP/2.0'],
    [message('DANCE sip:1@127.0.0.1:9 SIP/2.0'), 'NOK|invalid request-uri: DANCE sip:1@127.0.0.1:9 SIP/2.0'],
    [message('INVITE tel:+1 SIP/2.0'), 'NOK|requested protocol/transport not available'],
    [message('MESSAGE sip:1@127.0.0.1:9 SIP/2.0', '\r\nhello'), 'NOK|missing content-type'],
    [
      'sip||no-such;from-tag=x|\r\nBYE sip:placeholder SIP/2.0\r\n\r\n',
      'NOK|Server error: unable to find dialog for dialog id provided',
    ],
    [
      'sip||no-such;from-tag=x|\r\nACK sip:placeholder SIP/2.0\r\n\r\n',
      'NOK|Server error: ACK for non-success final response is automatically generated by server',
    ],
    [
      'sip|no-such||\r\nCANCEL sip:1@127.0.0.1:9 SIP/2.0\r\n\r\n',
      'NOK|unable to cancel unknown transaction id: no-such',
    ],
    ['sip|no-such||\r\nSIP/2.0 200 OK\r\n\r\n', 'NOK|Response not sent due to unknown transaction'],
    [
      'sip|no-such||\r\nSIP/2.0 200 OK\r\nCSeq: 1 CANCEL\r\n\r\n',
      'NOK|200 OK to incoming CANCEL is automatically generated by the stack',
    ],
    ['sip|x||\r\nSIP/2.0 999 Odd\r\n\r\n', 'NOK|Unknown server error sending response'],
  ] as const) {
    const msgId = peer.send(text);
    t.equal((await peer.receive(msgId)).split(`${msgId}|`)[1], answer);
  }
  const proxied = peer.send('proxy|x|||||||sip:1@127.0.0.1\r\nINVITE sip:1@127.0.0.1 SIP/2.0\r\n\r\n');
  t.match(await peer.receive(proxied), /\|NOK\|the embedded switch does not proxy/);
  t.equal(server.counts().clients, 1);
  peer.socket.destroy();
});

t.test('two applications take turns, one that leaves loses its turn, remove_route takes all verbs', async (t) => {
  const { server, udpPort, createPeer } = await createSwitch(t);
  const caller = await createPeer();
  const [one, two] = [
    await createControlPeer(server.controlPort, SECRET),
    await createControlPeer(server.controlPort, SECRET),
  ];
  for (const peer of [one, two]) {
    await peer.receive(peer.send('route|invite'));
    await peer.receive(peer.send('route|options'));
  }
  const call = (number: number) =>
    caller.send(requestText({ branch: `z9hG4bK-${number}`, port: caller.port, sipCallId: `turn-${number}.` }), udpPort);
  const invites = (peer: typeof one) => peer.frames.filter((frame) => frame.includes('\r\nINVITE ')).length;
  for (let number = 0; number < 6; number += 1) call(number);
  await until(() => invites(one) + invites(two) === 6);
  t.same([invites(one), invites(two)], [3, 3]);
  two.socket.destroy();
  await until(() => server.counts().clients === 1);
  for (let number = 6; number < 9; number += 1) call(number);
  await until(() => invites(one) === 6);
  await one.receive(one.send('remove_route|invite'));
  call(10);
  await caller.response(503, 'INVITE');
  one.socket.destroy();
});

t.test(
  'the line before a request: source, length, transport, address, port, time, transaction, receiving address',
  async (t) => {
    const { server, udpPort, createPeer } = await createSwitch(t);
    const caller = await createPeer();
    const app = await createControlPeer(server.controlPort, SECRET);
    await app.receive(app.send('route|options'));
    caller.send(requestText({ method: 'OPTIONS', branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'meta' }), udpPort);
    const frame = await app.receive('|sip|');
    const [leader = '', ...rest] = frame.split('\r\n');
    const tokens = leader.split('|');
    const raw = rest.join('\r\n');
    t.match(
      tokens,
      ['', 'sip', 'network', String(raw.length), 'udp', '127.0.0.1', String(caller.port)].map((one) =>
        one === '' ? /^[0-9a-f-]{36}$/ : one,
      ),
    );
    t.match(tokens[7], /^\d\d:\d\d:\d\d\.\d{6}$/);
    t.match(tokens[8], /^[0-9a-f-]{36}$/);
    t.same(tokens.slice(9), ['', '127.0.0.1', String(udpPort), '']);
    t.match(raw, `;branch=z9hG4bK-1;rport=${caller.port}\r\n`);
    const msgId = app.send(
      `sip|${tokens[8]}|\r\nSIP/2.0 200 OK\r\nX-Custom-header: a\r\nallow: INVITE\r\nvia: forged\r\n\r\n`,
    );
    const echo = await app.receive(msgId);
    t.match(
      echo,
      new RegExp(
        `\\|response\\|${msgId}\\|OK\\|application\\|\\d+\\|udp\\|127\\.0\\.0\\.1\\|${caller.port}\\|[0-9:.]+\\|${tokens[8]}\\|\\|\\|Msg sent:\\|\\r\\nSIP/2.0 200 OK\\r\\n`,
      ),
    );
    const ok = await caller.response(200, 'OPTIONS');
    t.match(ok.text, /\r\nX-Custom-header: a\r\nAllow: INVITE\r\n/);
    t.notMatch(ok.text, /forged/);
    app.socket.destroy();
  },
);

t.test('the control port binds to loopback only', async (t) => {
  const options = { sipListeners: [], controlPort: 0, secret: SECRET };
  await t.rejects(createDrachtioServer({ ...options, controlHost: '0.0.0.0' }), /loopback only/);
  await t.rejects(createDrachtioServer({ ...options, controlHost: '192.0.2.1' }), /loopback only/);
});

t.test('a BYE that the application never answers gets 500 after 32 s', async (t) => {
  const { server, clock, udpPort, createPeer } = await createSwitch(t);
  const caller = await createPeer();
  const app = await createControlPeer(server.controlPort, SECRET);
  await app.receive(app.send('route|invite'));
  const invite = { port: caller.port, sipCallId: 'bye' };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1' }), udpPort);
  const id = (await app.receive('\r\nINVITE ')).split('|')[8];
  app.send(`sip|${id}|\r\nSIP/2.0 200 OK\r\nTo: <sip:x@localhost>;tag=chosen\r\n\r\n`);
  t.match((await caller.response(200, 'INVITE')).header('To'), /;tag=chosen$/, 'the application chooses the tag');
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-2', method: 'ACK', toTag: 'chosen' }), udpPort);
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-3', method: 'BYE', toTag: 'chosen', cseq: 2 }), udpPort);
  await app.receive('\r\nBYE ');
  clock.advance(31_999);
  t.match(server.counts(), { dialogs: 0, openRequests: 1 });
  clock.advance(1);
  await caller.response(500, 'BYE');
  t.equal(server.counts().openRequests, 0);
  app.socket.destroy();
});

t.test('requests from sources that are not trusted get no answer at all, those of trusted ones do', async (t) => {
  const stranger = await createSwitch(t, { trustedSources: ['192.0.2.0/24', '198.51.100.7'] });
  const peer = await stranger.createPeer();
  const request = { port: peer.port, sipCallId: 'who' };
  peer.send(requestText({ ...request, branch: 'z9hG4bK-1' }), stranger.udpPort);
  peer.send(requestText({ ...request, branch: 'z9hG4bK-2', method: 'BYE', toTag: 'x' }), stranger.udpPort);
  peer.send('INVITE broken', stranger.udpPort);
  await until(() => stranger.server.counts().sip.malformed === 1);
  t.equal(stranger.server.counts().sip.refused, 1);
  t.same(peer.mailbox.unread, []);
  const friend = await createSwitch(t, { trustedSources: ['127.0.0.0/8'] });
  peer.send(requestText({ ...request, branch: 'z9hG4bK-3' }), friend.udpPort);
  await peer.response(503, 'INVITE');
  await t.rejects(createSwitch(t, { trustedSources: ['not-an-address'] }), /neither an address nor a CIDR block/);
});
