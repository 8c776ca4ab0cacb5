/** Calls that come in, from the INVITE to the end, answered or not. Real drachtio-srf as application, a bare socket as caller. */
import t from 'tap';
import { requestText, tagIn } from '../sip/sip-requests.js';
import type { AppDialog } from './drachtio-app.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, until } from './switch-rig.js';

t.test(
  'caller is answered, acknowledges and hangs up: the application sees the ACK and the end, nothing is left',
  async (t) => {
    const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const caller = await createPeer();
    const call = new Promise<AppDialog>((resolve) => {
      app.invite(async (req, res) => {
        t.equal(req.source_address, '127.0.0.1');
        t.equal(req.source_port, caller.port);
        t.equal(req.protocol, 'udp');
        t.equal(req.body, OFFER_SDP);
        res.send(180);
        resolve(await app.createUAS(req, res, { localSdp: ANSWER_SDP }));
      });
    });
    const invite = { branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-1' };
    caller.send(requestText({ ...invite, body: OFFER_SDP }), udpPort);
    await caller.response(100, 'INVITE');
    const ringing = await caller.response(180, 'INVITE');
    const ok = await caller.response(200, 'INVITE');
    t.equal(tagIn(ok.header('To')), tagIn(ringing.header('To')));
    t.equal(ok.body, ANSWER_SDP);
    t.equal(ok.header('Contact'), `<sip:127.0.0.1:${udpPort}>`);
    t.equal(ok.header('Content-Type'), 'application/sdp');
    const dialog = await call;
    t.equal(dialog.id, 'call-1;from-tag=caller');
    const acked = new Promise((resolve) => dialog.on('ack', resolve));
    const toTag = tagIn(ok.header('To'));
    caller.send(requestText({ ...invite, method: 'ACK', branch: 'z9hG4bK-2', toTag }), udpPort);
    await acked;
    const ended = new Promise((resolve) => dialog.on('destroy', resolve));
    caller.send(requestText({ ...invite, method: 'BYE', branch: 'z9hG4bK-3', cseq: 2, toTag }), udpPort);
    await ended;
    await caller.response(200, 'BYE');
    t.match(server.counts(), { dialogs: 0, pendingRequests: 0, openRequests: 0, clients: 1 });
    clock.advance(32_000);
    t.match(server.counts().sip, { serverTransactions: 0, clientTransactions: 0, awaitingAck: 0, timers: 0 });
  },
);

t.test('the application hangs up: BYE goes to the Contact of the caller', async (t) => {
  const { server, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const call = new Promise<AppDialog>((resolve) => {
    app.invite(async (req, res) => resolve(await app.createUAS(req, res, { localSdp: ANSWER_SDP })));
  });
  const invite = { branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-2' };
  caller.send(requestText({ ...invite, body: OFFER_SDP }), udpPort);
  const ok = await caller.response(200, 'INVITE');
  caller.send(requestText({ ...invite, method: 'ACK', branch: 'z9hG4bK-2', toTag: tagIn(ok.header('To')) }), udpPort);
  const dialog = await call;
  const destroyed = dialog.destroy();
  const bye = await caller.receive('BYE');
  t.equal(bye.startLine, `BYE sip:caller@127.0.0.1:${caller.port} SIP/2.0`);
  t.equal(tagIn(bye.header('To')), 'caller');
  t.equal(tagIn(bye.header('From')), tagIn(ok.header('To')));
  caller.send(answerTo(bye.text, 200), bye.fromPort);
  await destroyed;
  await until(() => server.counts().dialogs === 0);
  t.equal(server.counts().dialogs, 0);
});

t.test(
  'caller cancels before the application has answered: 200 to the CANCEL, 487 to the INVITE, the application is told',
  async (t) => {
    const { server, udpPort, createApp, createPeer } = await createSwitch(t);
    const app = await createApp();
    const caller = await createPeer();
    const cancelled = new Promise<void>((resolve) => {
      app.invite((req) => req.on('cancel', () => resolve()));
    });
    const invite = { branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-3' };
    caller.send(requestText(invite), udpPort);
    await caller.response(100, 'INVITE');
    await until(() => server.counts().pendingRequests === 1);
    caller.send(requestText({ ...invite, method: 'CANCEL' }), udpPort);
    await caller.response(200, 'CANCEL');
    const terminated = await caller.response(487, 'INVITE');
    await cancelled;
    caller.send(requestText({ ...invite, method: 'ACK', toTag: tagIn(terminated.header('To')) }), udpPort);
    t.match(server.counts(), { dialogs: 0, pendingRequests: 0 });
  },
);

t.test('caller cancels while ringing: the application is told and its late answer is refused', async (t) => {
  const { server, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const late = new Promise<string>((resolve) => {
    app.invite((req, res) => {
      res.send(180);
      req.on('cancel', () => res.send(486, (error) => resolve(String(error))));
    });
  });
  const invite = { branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-4' };
  caller.send(requestText(invite), udpPort);
  await caller.response(180, 'INVITE');
  caller.send(requestText({ ...invite, method: 'CANCEL' }), udpPort);
  await caller.response(487, 'INVITE');
  t.equal(await late, 'Response not sent due to unknown transaction');
  t.equal(server.counts().dialogs, 0);
});

t.test('nobody wants the verb: 503; a BYE or a re-INVITE of no dialog: 481', async (t) => {
  const { udpPort, createPeer } = await createSwitch(t);
  const caller = await createPeer();
  const request = { port: caller.port, sipCallId: 'call-5' };
  caller.send(requestText({ ...request, branch: 'z9hG4bK-1' }), udpPort);
  await caller.response(503, 'INVITE');
  caller.send(requestText({ ...request, branch: 'z9hG4bK-2', method: 'OPTIONS' }), udpPort);
  await caller.response(503, 'OPTIONS');
  caller.send(requestText({ ...request, branch: 'z9hG4bK-3', method: 'BYE', toTag: 'x' }), udpPort);
  await caller.response(481, 'BYE');
  caller.send(requestText({ ...request, branch: 'z9hG4bK-4', toTag: 'x', cseq: 9 }), udpPort);
  t.match(await caller.response(481, 'INVITE'), { startLine: /481/ });
});

t.test('a request that the application never answers is forgotten after 64 s without an answer', async (t) => {
  const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const seen = new Promise<void>((resolve) => app.invite(() => resolve()));
  caller.send(requestText({ branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-6' }), udpPort);
  await caller.response(100, 'INVITE');
  await seen;
  clock.advance(63_999);
  t.equal(server.counts().pendingRequests, 1);
  clock.advance(1);
  t.match(server.counts(), { pendingRequests: 0, sip: { serverTransactions: 0 } });
  t.same(caller.mailbox.unread, []);
});

t.test('a 200 without ACK is repeated, then the dialog ends with a BYE that the application hears of', async (t) => {
  const { server, clock, udpPort, createApp, createPeer } = await createSwitch(t);
  const app = await createApp();
  const caller = await createPeer();
  const call = new Promise<AppDialog>((resolve) => {
    app.invite(async (req, res) => resolve(await app.createUAS(req, res, { localSdp: ANSWER_SDP })));
  });
  caller.send(requestText({ branch: 'z9hG4bK-1', port: caller.port, sipCallId: 'call-7', body: OFFER_SDP }), udpPort);
  const first = await caller.response(200, 'INVITE');
  clock.advance(500);
  t.equal((await caller.response(200, 'INVITE')).text, first.text);
  const dialog = await call;
  const ended = new Promise<unknown>((resolve) => dialog.on('destroy', (_request, reason) => resolve(reason)));
  clock.advance(31_500);
  const bye = await caller.receive('BYE');
  t.match(bye.header('Reason'), 'ACK timeout');
  t.equal(await ended, 'ACK timeout');
  t.equal(server.counts().dialogs, 0);
});
