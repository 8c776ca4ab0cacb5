/** Calls that are not plain: TCP, compact headers, delayed offers, PRACK, UPDATE, back-to-back legs. Real drachtio-srf, bare sockets. */
import { once } from 'node:events';
import t from 'tap';
import { requestText, tagIn } from '../sip/sip-requests.js';
import type { AppDialog, AppRequest } from './drachtio-app.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, refusalOf, until } from './switch-rig.js';

t.test('TCP: the call comes and goes over one connection, requests of the application go back over it', async (t) => {
  const { server, clock, tcpPort, createApp, createTcpPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createTcpPeer();
  const call = new Promise<AppDialog>((resolve) => {
    app.invite(async (req, res) => {
      t.equal(req.protocol, 'tcp');
      resolve(await app.createUAS(req, res, { localSdp: ANSWER_SDP }));
    });
  });
  const invite = { port: caller.port, sipCallId: 'tcp', transport: 'TCP' as const };
  const text = requestText({ ...invite, branch: 'z9hG4bK-1', body: OFFER_SDP });
  caller.send(text.slice(0, 100), tcpPort);
  caller.send(`${text.slice(100)}\r\n\r\n`, tcpPort);
  const ok = await caller.response(200, 'INVITE');
  t.equal(ok.header('Contact'), `<sip:127.0.0.1:${tcpPort};transport=tcp>`);
  clock.advance(10_000);
  t.same(
    caller.mailbox.unread.filter((one) => one.header('CSeq') === '1 INVITE').length,
    1,
    'only the 100 is unread: no repetition',
  );
  const toTag = tagIn(ok.header('To'));
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-2', method: 'ACK', toTag }), tcpPort);
  const dialog = await call;
  const ended = dialog.destroy();
  const bye = await caller.receive('BYE');
  t.match(bye.header('Via'), /^SIP\/2\.0\/TCP /);
  caller.send(answerTo(bye.text, 200), tcpPort);
  await ended;
  t.equal(server.counts().sip.tcpConnections, 1);
  clock.advance(64_000);
  t.match(server.counts(), { dialogs: 0, sip: { serverTransactions: 0, clientTransactions: 0, timers: 1 } });
  clock.advance(1_800_000);
  t.match(
    server.counts().sip,
    { tcpConnections: 0, timers: 0 },
    'a connection without traffic is closed after half an hour',
  );
});

t.test(
  'TCP: a call to a callee that listens; CRLF keep-alives are answered; a stream without Content-Length gets 400 and ends',
  async (t) => {
    const { server, tcpPort, createApp, createTcpPeer } = await createSwitch(t);
    const app = await createApp();
    const peer = await createTcpPeer();
    const call = app.createUAC(`sip:1@127.0.0.1:${peer.port};transport=tcp`, { localSdp: OFFER_SDP });
    const invite = await peer.receive('INVITE');
    t.match(invite.header('Contact'), ';transport=tcp>');
    t.equal(server.counts().sip.tcpConnections, 2);
    await peer.close();
    t.equal(await refusalOf(call), 503, 'the connection of the callee is gone');
    const other = await createTcpPeer();
    const pong = once(other.socket, 'data');
    other.send('\r\n\r\n', tcpPort);
    t.same(await pong, [Buffer.from('\r\n')]);
    other.send(
      requestText({ branch: 'z9hG4bK-x', port: other.port, sipCallId: 'x', transport: 'TCP' }).replace(
        /Content-Length.*\r\n/,
        '',
      ),
      tcpPort,
    );
    await other.response(400, 'INVITE');
    await until(() => server.counts().sip.tcpConnections === 0);
  },
);

t.test('compact header forms, and a byte that is not UTF-8 in From, survive to the application and back', async (t) => {
  const { udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const seen = new Promise<AppRequest>((resolve) => {
    app.invite(async (req, res) => {
      resolve(req);
      await app.createUAS(req, res, { localSdp: ANSWER_SDP });
    });
  });
  const from = '"Jos\xe9 \x80" <sip:14155550123@127.0.0.1>;tag=c1';
  caller.send(
    [
      'INVITE sip:18005550100@127.0.0.1 SIP/2.0',
      `v: SIP/2.0/UDP 127.0.0.1:${caller.port};branch=z9hG4bK-c`,
      `f: ${from}`,
      't: <sip:18005550100@127.0.0.1>',
      'i: compact',
      'CSeq: 1 INVITE',
      `m: <sip:caller@127.0.0.1:${caller.port}>`,
      'c: application/sdp',
      `l: ${OFFER_SDP.length}`,
      '',
      OFFER_SDP,
    ].join('\r\n'),
    udpPort,
  );
  const request = await seen;
  t.match(request.get('from'), /^"Jos\ufffd \ufffd" <sip:14155550123@127\.0\.0\.1>;tag=c1$/);
  t.equal(request.get('Call-ID'), 'compact');
  t.equal(request.body, OFFER_SDP);
  const ok = await caller.response(200, 'INVITE');
  t.equal(ok.header('From'), from, 'byte by byte');
  caller.send(
    requestText({
      branch: 'z9hG4bK-d',
      port: caller.port,
      sipCallId: 'compact',
      method: 'ACK',
      fromTag: 'c1',
      toTag: tagIn(ok.header('To')),
    }),
    udpPort,
  );
});

t.test('delayed offer: the answer of the caller comes in the ACK', async (t) => {
  const { udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const call = new Promise<AppDialog>((resolve) => {
    app.invite(async (req, res) => {
      t.equal(req.body, '');
      resolve(await app.createUAS(req, res, { localSdp: OFFER_SDP }));
    });
  });
  const invite = { port: caller.port, sipCallId: 'delayed' };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1' }), udpPort);
  const toTag = tagIn((await caller.response(200, 'INVITE')).header('To'));
  const dialog = await call;
  const acked = new Promise((resolve) => dialog.on('ack', resolve));
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-2', method: 'ACK', toTag, body: ANSWER_SDP }), udpPort);
  await acked;
  t.equal(dialog.remote.sdp, ANSWER_SDP);
});

t.test('a reliable 183 of the application is repeated until the PRACK, which it sees and answers', async (t) => {
  const { clock, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  app.invite((_req, res) => {
    res.send(
      183,
      { headers: { Require: '100rel' }, body: ANSWER_SDP },
      () => undefined,
      (prack) => {
        t.equal(prack.method, 'PRACK');
        res.send(486);
      },
    );
  });
  app.on('prack' as string, ((_req: unknown, res: { send(status: number): void }) => res.send(200)) as never);
  const invite = { port: caller.port, sipCallId: 'prack', extra: ['Supported: 100rel'] };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1', body: OFFER_SDP }), udpPort);
  const progress = await caller.response(183, 'INVITE');
  clock.advance(500);
  t.equal((await caller.response(183, 'INVITE')).text, progress.text);
  const prack = { ...invite, branch: 'z9hG4bK-2', method: 'PRACK', toTag: tagIn(progress.header('To')), cseq: 2 };
  caller.send(requestText({ ...prack, extra: [`RAck: ${progress.header('RSeq')} 1 INVITE`] }), udpPort);
  await caller.response(486, 'INVITE');
});

t.test('a reliable 183 is refused when the caller does not support it', async (t) => {
  const { udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const refused = new Promise((resolve) => {
    app.invite((_req, res) => {
      res.send(183, { headers: { Require: '100rel' }, body: ANSWER_SDP }, (error) => {
        resolve(error);
        res.send(480);
      });
    });
  });
  caller.send(requestText({ port: caller.port, sipCallId: 'no-100rel', branch: 'z9hG4bK-1' }), udpPort);
  t.match(await refused, /does not support 100rel/);
  t.match(await caller.response(480, 'INVITE'), { startLine: /480/ });
});

t.test(
  'a reliable 183 to our INVITE gets a PRACK; an UPDATE before the 200 is answered by the application',
  async (t) => {
    const { udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const callee = await createPeer();
    const call = app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP });
    const invite = await callee.receive('INVITE');
    const contact = `Contact: <sip:callee@127.0.0.1:${callee.port}>`;
    const reliable = ['Require: 100rel', 'RSeq: 77', contact];
    callee.send(answerTo(invite.text, 183, { body: ANSWER_SDP, extra: reliable }), invite.fromPort);
    const prack = await callee.receive('PRACK');
    t.equal(prack.header('RAck'), `77 ${invite.header('CSeq')}`);
    t.equal(prack.startLine, `PRACK sip:callee@127.0.0.1:${callee.port} SIP/2.0`);
    callee.send(answerTo(prack.text, 200), prack.fromPort);
    const update = requestText({
      method: 'UPDATE',
      branch: 'z9hG4bK-u',
      port: callee.port,
      sipCallId: invite.header('Call-ID'),
      body: ANSWER_SDP,
    })
      .replace(/From: .*/, `From: ${prack.header('To')}`)
      .replace(/To: <.*/, `To: ${invite.header('From')}`);
    callee.send(update, udpPort);
    t.equal((await callee.response(200, 'UPDATE')).body, OFFER_SDP);
    callee.send(answerTo(invite.text, 200, { extra: [contact], body: ANSWER_SDP }), invite.fromPort);
    await callee.receive('ACK');
    t.ok((await call).connected);
  },
);

t.test('an UPDATE of the caller while it rings reaches the application under the id of the INVITE', async (t) => {
  const { udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  app.invite((req, res) => {
    req.on('update', ((update: AppRequest, answer: { send(status: number, options: object): void }) => {
      t.equal(update.method, 'UPDATE');
      answer.send(200, { body: ANSWER_SDP });
      res.send(404);
    }) as never);
    res.send(180);
  });
  const invite = { port: caller.port, sipCallId: 'early-update' };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1', body: OFFER_SDP }), udpPort);
  const toTag = tagIn((await caller.response(180, 'INVITE')).header('To'));
  caller.send(
    requestText({ ...invite, branch: 'z9hG4bK-2', method: 'UPDATE', toTag, cseq: 2, body: OFFER_SDP }),
    udpPort,
  );
  t.equal((await caller.response(200, 'UPDATE')).body, ANSWER_SDP);
  await caller.response(404, 'INVITE');
});

t.test('createB2BUA joins two legs; the BYE of one ends the other', async (t) => {
  const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const [caller, callee] = [await createPeer(), await createPeer()];
  app.invite(async (req, res) => {
    const { uas, uac } = await app.createB2BUA(req, res, `sip:1@127.0.0.1:${callee.port}`, {
      proxyRequestHeaders: ['from'],
    });
    uas.on('destroy', () => void uac.destroy());
    uac.on('destroy', () => void uas.destroy());
  });
  const invite = { port: caller.port, sipCallId: 'b2b' };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1', body: OFFER_SDP }), udpPort);
  const outbound = await callee.receive('INVITE');
  t.equal(outbound.body, OFFER_SDP);
  const extra = [`Contact: <sip:callee@127.0.0.1:${callee.port}>`];
  callee.send(answerTo(outbound.text, 180, { extra }), outbound.fromPort);
  await caller.response(180, 'INVITE');
  callee.send(answerTo(outbound.text, 200, { body: ANSWER_SDP, extra }), outbound.fromPort);
  const ok = await caller.response(200, 'INVITE');
  t.equal(ok.body, ANSWER_SDP);
  await callee.receive('ACK');
  const toTag = tagIn(ok.header('To'));
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-2', method: 'ACK', toTag }), udpPort);
  await until(() => server.counts().dialogs === 2);
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-3', method: 'BYE', toTag, cseq: 2 }), udpPort);
  await caller.response(200, 'BYE');
  const bye = await callee.receive('BYE');
  callee.send(answerTo(bye.text, 200), bye.fromPort);
  await until(() => server.counts().dialogs === 0);
  clock.advance(64_000);
  t.match(server.counts().sip, { serverTransactions: 0, clientTransactions: 0, timers: 0 });
});

t.test(
  'the application dies while its call rings at both ends: after 64 s the caller gets 480, the callee a CANCEL',
  async (t) => {
    const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const [caller, callee] = [await createPeer(), await createPeer()];
    app.invite((_req, res) => {
      res.send(180);
      app.createUAC(`sip:1@127.0.0.1:${callee.port}`, { localSdp: OFFER_SDP }).catch(() => undefined);
    });
    caller.send(requestText({ port: caller.port, sipCallId: 'orphan', branch: 'z9hG4bK-1', body: OFFER_SDP }), udpPort);
    const invite = await callee.receive('INVITE');
    callee.send(answerTo(invite.text, 180), invite.fromPort);
    await caller.response(180, 'INVITE');
    await until(() => server.counts().dialogs === 2);
    app.disconnect();
    await until(() => server.counts().clients === 0);
    clock.advance(64_000);
    await caller.response(480, 'INVITE');
    const cancel = await callee.receive('CANCEL');
    callee.send(answerTo(cancel.text, 200), invite.fromPort);
    callee.send(answerTo(invite.text, 487), invite.fromPort);
    await callee.receive('ACK');
    t.equal(server.counts().dialogs, 0);
  },
);
