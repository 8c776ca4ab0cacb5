/** Requests that applications send, from the filling in of header fields to the end. Real drachtio-srf, a bare socket as callee. */
import t from 'tap';
import { tagIn } from '../sip/sip-requests.js';
import type { AppRequest, AppResponse } from './drachtio-app.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, refusalOf, until } from './switch-rig.js';

t.test('callee rings with early media, answers, and hangs up; From, Contact, Via and CSeq are filled in', async (t) => {
  const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  const early: AppResponse[] = [];
  const options = { localSdp: OFFER_SDP, callingNumber: '14155550123' };
  const call = app.createUAC(`sip:18005550100@127.0.0.1:${callee.port}`, options, {
    cbProvisional: (res) => early.push(res),
  });
  const invite = await callee.receive('INVITE');
  t.equal(invite.startLine, `INVITE sip:18005550100@127.0.0.1:${callee.port} SIP/2.0`);
  t.match(invite.header('From'), new RegExp(`^<sip:14155550123@127\\.0\\.0\\.1:${udpPort}>;tag=.+`));
  t.equal(invite.header('To'), `<sip:18005550100@127.0.0.1:${callee.port}>`);
  t.equal(invite.header('Contact'), `<sip:14155550123@127.0.0.1:${udpPort}>`);
  t.match(invite.header('Via'), new RegExp(`^SIP/2\\.0/UDP 127\\.0\\.0\\.1:${udpPort};rport;branch=z9hG4bK`));
  t.equal(invite.header('Max-Forwards'), '70');
  t.equal(invite.body, OFFER_SDP);
  const contact = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
  callee.send(answerTo(invite.text, 100), invite.fromPort);
  callee.send(answerTo(invite.text, 183, { body: ANSWER_SDP, extra: contact }), invite.fromPort);
  callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra: contact }), invite.fromPort);
  const ack = await callee.receive('ACK');
  t.equal(ack.startLine, `ACK sip:callee@127.0.0.1:${callee.port} SIP/2.0`);
  t.equal(ack.header('CSeq'), invite.header('CSeq').replace('INVITE', 'ACK'));
  const dialog = await call;
  t.same(
    early.map((one) => one.status),
    [183],
    'a 100 is not passed on',
  );
  t.equal(early[0]?.body, ANSWER_SDP);
  t.equal(dialog.remote.sdp, ANSWER_SDP);
  callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra: contact }), invite.fromPort);
  t.equal((await callee.receive('ACK')).text, ack.text, 'a repeated 200 gets the same ACK');
  const ended = new Promise((resolve) => dialog.on('destroy', resolve));
  const cseq = Number.parseInt(invite.header('CSeq'), 10);
  callee.send(
    [
      `BYE sip:14155550123@127.0.0.1:${udpPort} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${callee.port};branch=z9hG4bK-bye`,
      `From: ${ack.header('To')}`,
      `To: ${ack.header('From')}`,
      `Call-ID: ${ack.header('Call-ID')}`,
      `CSeq: ${cseq} BYE`,
      'Content-Length: 0\r\n\r\n',
    ].join('\r\n'),
    udpPort,
  );
  await callee.response(200, 'BYE');
  await ended;
  clock.advance(64_000);
  t.match(server.counts(), { dialogs: 0, sip: { serverTransactions: 0, clientTransactions: 0, timers: 0 } });
});

t.test('callee is busy: the ACK is automatic, createUAC fails with 486, nothing is left', async (t) => {
  const { server, clock, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP });
  const failed = refusalOf(call);
  const invite = await callee.receive('INVITE');
  callee.send(answerTo(invite.text, 486), invite.fromPort);
  const ack = await callee.receive('ACK');
  t.equal(ack.header('Via'), invite.header('Via'));
  t.equal(await failed, 486);
  clock.advance(32_000);
  t.match(server.counts(), { dialogs: 0, sip: { clientTransactions: 0, timers: 0 } });
});

t.test('nobody answers: the INVITE is repeated with doubling intervals and ends as 408 after 32 s', async (t) => {
  const { server, clock, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP });
  const failed = refusalOf(call);
  const first = await callee.receive('INVITE');
  for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 16_000]) {
    clock.advance(ms);
    t.equal((await callee.receive('INVITE')).text, first.text);
  }
  clock.advance(500);
  t.equal(await failed, 408);
  t.match(server.counts(), { dialogs: 0, sip: { clientTransactions: 0, timers: 0 } });
});

t.test(
  'the application cancels while it rings: CANCEL with the branch of the INVITE, 487 to the application',
  async (t) => {
    const { server, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const callee = await createPeer();
    let failed: Promise<unknown> | undefined;
    const request = await new Promise<AppRequest>((resolve) => {
      const callbacks = { cbRequest: (_: unknown, sent: AppRequest) => resolve(sent) };
      failed = refusalOf(app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP }, callbacks));
    });
    const invite = await callee.receive('INVITE');
    request.cancel();
    callee.send(answerTo(invite.text, 180), invite.fromPort);
    const cancel = await callee.receive('CANCEL');
    t.equal(cancel.header('Via'), invite.header('Via'));
    t.equal(cancel.header('CSeq'), invite.header('CSeq').replace('INVITE', 'CANCEL'));
    callee.send(answerTo(cancel.text, 200), invite.fromPort);
    callee.send(answerTo(invite.text, 487), invite.fromPort);
    await callee.receive('ACK');
    t.equal(await failed, 487);
    t.equal(server.counts().dialogs, 0);
  },
);

t.test('a 200 that crosses the CANCEL is acknowledged and ended with a BYE', async (t) => {
  const { server, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  let call: Promise<unknown> | undefined;
  const request = await new Promise<AppRequest>((resolve) => {
    const callbacks = { cbRequest: (_: unknown, sent: AppRequest) => resolve(sent) };
    call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP }, callbacks);
  });
  const invite = await callee.receive('INVITE');
  callee.send(answerTo(invite.text, 180), invite.fromPort);
  await new Promise<void>((resolve, reject) => request.cancel((error) => (error ? reject(error) : resolve())));
  const contact = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
  callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra: contact }), invite.fromPort);
  await callee.receive('ACK');
  const bye = await callee.receive('BYE');
  t.match(bye.header('Reason'), 'ACK-BYE due to cancel race condition');
  await call;
  t.equal(server.counts().dialogs, 0);
});

t.test(
  'third-party call control: an INVITE without offer, the answer goes out with the ACK that the application sends later',
  async (t) => {
    const { createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const callee = await createPeer();
    const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: undefined, noAck: true });
    const invite = await callee.receive('INVITE');
    t.equal(invite.body, '');
    const contact = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
    callee.send(answerTo(invite.text, 200, { body: OFFER_SDP, extra: contact }), invite.fromPort);
    const unacked = await call;
    t.equal(unacked.sdp, OFFER_SDP);
    t.same(callee.mailbox.unread, []);
    const acked = unacked.ack(ANSWER_SDP);
    const ack = await callee.receive('ACK');
    t.equal(ack.body, ANSWER_SDP);
    t.equal(ack.header('Content-Type'), 'application/sdp');
    t.equal((await acked).local.sdp, ANSWER_SDP);
  },
);

t.test('a challenged INVITE is sent again with digest credentials and the same Call-ID', async (t) => {
  const { server, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  const auth = { username: 'alice', password: 'secret' };
  const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP, auth });
  const first = await callee.receive('INVITE');
  const challenge = ['Proxy-Authenticate: Digest realm="trunk", nonce="abc", algorithm=MD5, qop="auth"'];
  callee.send(answerTo(first.text, 407, { extra: challenge }), first.fromPort);
  await callee.receive('ACK');
  const second = await callee.receive('INVITE');
  t.match(second.header('Proxy-Authorization'), /username="alice".*response="[0-9a-f]{32}"/);
  t.equal(second.header('Call-ID'), first.header('Call-ID'));
  t.equal(tagIn(second.header('From')), tagIn(first.header('From')));
  t.equal(Number.parseInt(second.header('CSeq'), 10), Number.parseInt(first.header('CSeq'), 10) + 1);
  const contact = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
  callee.send(answerTo(second.text, 200, { body: ANSWER_SDP, extra: contact }), second.fromPort);
  await callee.receive('ACK');
  await call;
  t.equal(server.counts().dialogs, 1);
});

t.test(
  'the route set of the answer is followed: loose routers as Route lines, a strict one in the Request-URI',
  async (t) => {
    const { createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const callee = await createPeer();
    const target = `sip:callee@127.0.0.1:${callee.port}`;
    for (const isLoose of [true, false]) {
      const first = `<sip:127.0.0.1:${callee.port}${isLoose ? ';lr' : ''}>`;
      const routes = [`Record-Route: <sip:far.example.com;lr>, ${first}`, `Contact: <${target};x=1>`];
      const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP });
      const invite = await callee.receive('INVITE');
      callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra: routes }), invite.fromPort);
      const ack = await callee.receive('ACK');
      const lines = ack.text.split('\r\n').filter((line) => line.startsWith('Route: '));
      if (isLoose) {
        t.equal(ack.startLine, `ACK ${target};x=1 SIP/2.0`);
        t.same(lines, [`Route: ${first}`, 'Route: <sip:far.example.com;lr>']);
      } else {
        t.equal(ack.startLine, `ACK sip:127.0.0.1:${callee.port} SIP/2.0`);
        t.same(lines, ['Route: <sip:far.example.com;lr>', `Route: <${target};x=1>`]);
      }
      await call;
    }
  },
);

t.test('a forked INVITE that is answered twice: the second answer is acknowledged and ended', async (t) => {
  const { server, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const callee = await createPeer();
  const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP });
  const invite = await callee.receive('INVITE');
  const extra = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
  callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra, tag: 'one' }), invite.fromPort);
  t.equal(tagIn((await callee.receive('ACK')).header('To')), 'one');
  await call;
  callee.send(answerTo(invite.text, 200, { body: ANSWER_SDP, extra, tag: 'two' }), invite.fromPort);
  t.equal(tagIn((await callee.receive('ACK')).header('To')), 'two');
  t.equal(tagIn((await callee.receive('BYE')).header('To')), 'two');
  t.equal(server.counts().dialogs, 1);
});

t.test(
  'the proxy option names the next hop; a destination that is the switch itself or cannot be reached is refused',
  async (t) => {
    const { udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const proxy = await createPeer();
    const call = app.createUAC('sip:1@buyer.example.com', {
      localSdp: OFFER_SDP,
      proxy: `sip:127.0.0.1:${proxy.port}`,
    });
    const failed = refusalOf(call);
    const invite = await proxy.receive('INVITE');
    t.equal(invite.startLine, 'INVITE sip:1@buyer.example.com SIP/2.0');
    proxy.send(answerTo(invite.text, 404), invite.fromPort);
    t.equal(await failed, 404);
    await t.rejects(
      app.createUAC(`sip:1@127.0.0.1:${udpPort}`, { localSdp: OFFER_SDP }),
      /can not send request to myself/,
    );
    await t.rejects(
      app.createUAC('sip:1@127.0.0.1:9;transport=tls', { localSdp: OFFER_SDP }),
      /protocol\/transport not available/,
    );
    await t.rejects(app.createUAC('sip:1@[::1]:9', { localSdp: OFFER_SDP }), /protocol\/transport not available/);
  },
);

t.test('a TCP callee that is not there: 503 to the application', async (t) => {
  const { server, createApp, createTcpPeer } = await createSwitch(t);
  const app = await createApp();
  const gone = await createTcpPeer();
  await gone.close();
  const uri = `sip:1@127.0.0.1:${gone.port};transport=tcp`;
  t.equal(await refusalOf(app.createUAC(uri, { localSdp: OFFER_SDP })), 503);
  await until(() => server.counts().sip.tcpConnections === 0);
  t.match(server.counts(), { dialogs: 0, sip: { clientTransactions: 0 } });
});

t.test('MESSAGE and OPTIONS outside dialogs, both ways', async (t) => {
  const { server, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const peer = await createPeer();
  const answered = new Promise<AppResponse>((resolve, reject) => {
    const uri = `sip:1@127.0.0.1:${peer.port}`;
    const options = { method: 'MESSAGE', body: 'hello', headers: { 'Content-Type': 'text/plain', 'x-lower': '1' } };
    app.request(uri, options, (error, request) => {
      if (error) reject(error);
      else request.on('response', resolve);
    });
  });
  const message = await peer.receive('MESSAGE');
  t.equal(message.body, 'hello');
  peer.send(answerTo(message.text, 202), message.fromPort);
  t.equal((await answered).status, 202);
  app.options((_request, response) => response.send(200, { headers: { Allow: 'INVITE' } }));
  peer.send(
    [
      `OPTIONS sip:127.0.0.1:${udpPort} SIP/2.0`,
      `v: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK-o`,
      'f: <sip:a@127.0.0.1>;tag=1',
      't: <sip:b@127.0.0.1>',
      'i: options',
      'CSeq: 1 OPTIONS',
      'l: 0\r\n\r\n',
    ].join('\r\n'),
    udpPort,
  );
  const ok = await peer.response(200, 'OPTIONS');
  t.equal(ok.header('Allow'), 'INVITE');
  t.match(server.counts(), { pendingRequests: 0, openRequests: 0, dialogs: 0 });
});
