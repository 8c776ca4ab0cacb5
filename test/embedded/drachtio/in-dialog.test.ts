/** What happens between a 200 and a BYE: requests both ways, session timers, applications that die and are succeeded. Real drachtio-srf. */
import t, { type Test } from 'tap';
import type { RawPeer } from '../sip/raw-peer.js';
import { requestText, tagIn } from '../sip/sip-requests.js';
import type { AppDialog, AppRequest, DrachtioApp } from './drachtio-app.js';
import { ANSWER_SDP, answerTo, createSwitch, OFFER_SDP, type SwitchRig, until } from './switch-rig.js';

interface AnsweredCall extends SwitchRig {
  readonly app: DrachtioApp;
  readonly caller: RawPeer;
  readonly dialog: AppDialog;
  /** The switch's tag. */
  readonly toTag: string;
  /** Text of a request of the caller inside the dialog. */
  readonly inDialog: (method: string, cseq: number, extra?: readonly string[], body?: string) => string;
}

/** A caller who has been answered and has acknowledged. */
async function createAnsweredCall(t: Test, extra: readonly string[] = []): Promise<AnsweredCall> {
  const rig = await createSwitch(t);
  const app = await rig.createApp();
  const caller = await rig.createPeer();
  const call = new Promise<AppDialog>((resolve) => {
    app.invite(async (req, res) => resolve(await app.createUAS(req, res, { localSdp: ANSWER_SDP })));
  });
  const invite = { port: caller.port, sipCallId: 'call', extra };
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-1', body: OFFER_SDP }), rig.udpPort);
  const toTag = tagIn((await caller.response(200, 'INVITE')).header('To'));
  const dialog = await call;
  const acked = new Promise((resolve) => dialog.on('ack', resolve));
  caller.send(requestText({ ...invite, branch: 'z9hG4bK-2', method: 'ACK', toTag }), rig.udpPort);
  await acked;
  const inDialog = (method: string, cseq: number, lines: readonly string[] = [], body = '') =>
    requestText({ ...invite, branch: `z9hG4bK-${method}-${cseq}`, method, cseq, toTag, extra: lines, body });
  return { ...rig, app, caller, dialog, toTag, inDialog };
}

const HELD_SDP = OFFER_SDP.replace('t=0 0', 't=0 0\r\na=sendonly');

t.test('the caller re-INVITEs: the application sees the new offer, answers, and sees the ACK', async (t) => {
  const { caller, dialog, inDialog, udpPort } = await createAnsweredCall(t);
  dialog.on('modify', (request, response) => {
    t.equal(request.body, HELD_SDP);
    response.send(200, { body: ANSWER_SDP });
  });
  caller.send(inDialog('INVITE', 2, [], HELD_SDP), udpPort);
  await caller.response(100, 'INVITE');
  const ok = await caller.response(200, 'INVITE');
  t.equal(ok.body, ANSWER_SDP);
  t.equal(ok.header('Contact'), `<sip:127.0.0.1:${udpPort}>`);
  const acked = new Promise<AppRequest>((resolve) => dialog.on('ack', resolve));
  caller.send(inDialog('ACK', 2), udpPort);
  t.equal((await acked).method, 'ACK');
});

t.test(
  'the application re-INVITEs with dialog.modify: CSeq counts up, the answer comes back, the ACK goes out',
  async (t) => {
    const { server, clock, caller, dialog } = await createAnsweredCall(t);
    const answered = dialog.modify(HELD_SDP);
    const invite = await caller.receive('INVITE');
    t.equal(invite.body, HELD_SDP);
    const contact = [`Contact: <sip:moved@127.0.0.1:${caller.port}>`];
    caller.send(answerTo(invite.text, 180, { extra: contact }), invite.fromPort);
    caller.send(answerTo(invite.text, 200, { body: OFFER_SDP, extra: contact }), invite.fromPort);
    const ack = await caller.receive('ACK');
    t.equal(ack.startLine, `ACK sip:moved@127.0.0.1:${caller.port} SIP/2.0`, 'the target is refreshed');
    t.equal(await answered, OFFER_SDP);
    const ended = dialog.destroy();
    const bye = await caller.receive('BYE');
    t.equal(Number.parseInt(bye.header('CSeq'), 10), Number.parseInt(invite.header('CSeq'), 10) + 1);
    caller.send(answerTo(bye.text, 200), bye.fromPort);
    await ended;
    clock.advance(64_000);
    t.match(server.counts(), { dialogs: 0, openRequests: 0, sip: { clientTransactions: 0, timers: 0 } });
  },
);

t.test('INFO, UPDATE, MESSAGE and OPTIONS inside the dialog, both ways', async (t) => {
  const { server, caller, dialog, inDialog, udpPort } = await createAnsweredCall(t);
  dialog.on('info', (request, response) => {
    t.match(request.body, /Signal=5/);
    response.send(200);
  });
  caller.send(
    inDialog('INFO', 2, [], 'Signal=5\r\nDuration=160\r\n').replace('application/sdp', 'application/dtmf-relay'),
    udpPort,
  );
  await caller.response(200, 'INFO');
  for (const [at, method] of ['UPDATE', 'MESSAGE', 'OPTIONS'].entries()) {
    caller.send(inDialog(method, 3 + at), udpPort);
    await caller.response(200, method);
  }
  for (const method of ['INFO', 'UPDATE', 'MESSAGE', 'OPTIONS']) {
    const headers = { 'Content-Type': 'text/plain', 'X-Ringpost': 'yes' };
    const answered = dialog.request({ method, headers, body: 'text' });
    const request = await caller.receive(method);
    t.equal(request.header('X-Ringpost'), 'yes');
    t.equal(request.body, 'text');
    caller.send(answerTo(request.text, 200), request.fromPort);
    t.equal((await answered).status, 200);
  }
  t.match(server.counts(), { dialogs: 1, openRequests: 0 });
});

t.test(
  'a request with an older CSeq gets 500; one of an unknown dialog 481; a repeated one the same answer',
  async (t) => {
    const { caller, inDialog, udpPort } = await createAnsweredCall(t);
    const info = inDialog('INFO', 7);
    caller.send(info, udpPort);
    const ok = await caller.response(200, 'INFO');
    caller.send(info, udpPort);
    t.equal((await caller.response(200, 'INFO')).text, ok.text);
    caller.send(inDialog('INFO', 6), udpPort);
    await caller.response(500, 'INFO');
    caller.send(inDialog('UPDATE', 8).replace(/tag=[0-9a-f]{16}/, 'tag=nobody'), udpPort);
    t.match(await caller.response(481, 'UPDATE'), { startLine: /481/ });
  },
);

t.test(
  'the application is gone: 481 inside the dialog, 481 to the BYE which ends it, 503 to a new INVITE',
  async (t) => {
    const { server, app, caller, inDialog, udpPort } = await createAnsweredCall(t);
    app.disconnect();
    await until(() => server.counts().clients === 0);
    caller.send(inDialog('INFO', 2), udpPort);
    await caller.response(481, 'INFO');
    t.equal(server.counts().dialogs, 1);
    caller.send(inDialog('BYE', 3), udpPort);
    await caller.response(481, 'BYE');
    t.equal(server.counts().dialogs, 0);
    caller.send(requestText({ branch: 'z9hG4bK-new', port: caller.port, sipCallId: 'new' }), udpPort);
    t.match(await caller.response(503, 'INVITE'), { startLine: /503/ });
  },
);

t.test(
  'a restarted application adopts the dialog by a re-INVITE with its Call-ID, tags and CSeq, and gets the BYE',
  async (t) => {
    const { server, app, caller, dialog, toTag, inDialog, createApp, udpPort } = await createAnsweredCall(t);
    app.disconnect();
    await until(() => server.counts().clients === 0);
    const heir = await createApp();
    const headers = {
      'Call-ID': 'call',
      From: `<sip:18005550100@127.0.0.1>;tag=${toTag}`,
      To: '"Caller" <sip:14155550123@127.0.0.1>;tag=caller',
      CSeq: '1000 INVITE',
    };
    const adopted = heir.createUAC(`sip:caller@127.0.0.1:${caller.port}`, { localSdp: ANSWER_SDP, headers });
    const invite = await caller.receive('INVITE');
    t.equal(invite.header('CSeq'), '1000 INVITE');
    t.equal(tagIn(invite.header('From')), toTag);
    t.equal(tagIn(invite.header('To')), 'caller');
    const contact = [`Contact: <sip:caller@127.0.0.1:${caller.port}>`];
    caller.send(answerTo(invite.text, 200, { body: OFFER_SDP, extra: contact }), invite.fromPort);
    await caller.receive('ACK');
    const second = await adopted;
    t.equal(server.counts().dialogs, 1, 'the dialog of the dead application is forgotten');
    t.not(second.id, dialog.id);
    const ended = new Promise((resolve) => second.on('destroy', resolve));
    caller.send(inDialog('BYE', 2), udpPort);
    await caller.response(200, 'BYE');
    await ended;
    t.equal(server.counts().dialogs, 0);
  },
);

t.test('the caller hangs up while an INFO is unanswered: the INFO gets 500, the BYE 200', async (t) => {
  const { server, clock, caller, dialog, inDialog, udpPort } = await createAnsweredCall(t);
  dialog.on('info', () => undefined);
  caller.send(inDialog('INFO', 2), udpPort);
  await until(() => server.counts().openRequests === 1);
  caller.send(inDialog('BYE', 3), udpPort);
  await caller.response(500, 'INFO');
  await caller.response(200, 'BYE');
  clock.advance(32_000);
  t.match(server.counts(), { dialogs: 0, openRequests: 0, sip: { serverTransactions: 0, timers: 0 } });
});

t.test('our BYE with a Reason, and a request inside the dialog after its end', async (t) => {
  const { caller, dialog } = await createAnsweredCall(t);
  const ended = dialog.destroy({ headers: { Reason: 'Q.850;cause=16;text="Normal"' } });
  const bye = await caller.receive('BYE');
  t.equal(bye.header('Reason'), 'Q.850;cause=16;text="Normal"');
  caller.send(answerTo(bye.text, 481), bye.fromPort);
  await ended;
  await t.rejects(dialog.request({ method: 'INFO' }), /unable to find dialog/);
});

t.test(
  'the refresher is the caller and does not refresh: BYE after the interval, the application is told',
  async (t) => {
    const { server, clock, caller, dialog } = await createAnsweredCall(t, ['Session-Expires: 120;refresher=uac']);
    const ended = new Promise<string>((resolve) => dialog.on('destroy', (_, reason) => resolve(reason)));
    clock.advance(119_999);
    t.equal(server.counts().dialogs, 1);
    clock.advance(1);
    t.match((await caller.receive('BYE')).header('Reason'), 'Session timer expired');
    t.equal(await ended, 'Session timer expired');
    t.equal(server.counts().dialogs, 0);
  },
);

t.test('a refresh by the caller starts the interval anew; one that is too short gets 422 with Min-SE', async (t) => {
  const { server, clock, caller, inDialog, udpPort } = await createAnsweredCall(t, [
    'Session-Expires: 120;refresher=uac',
  ]);
  clock.advance(100_000);
  caller.send(inDialog('UPDATE', 2, ['Session-Expires: 120;refresher=uac']), udpPort);
  await caller.response(200, 'UPDATE');
  clock.advance(119_999);
  t.equal(server.counts().dialogs, 1);
  caller.send(inDialog('INVITE', 3, ['Session-Expires: 60;refresher=uac'], OFFER_SDP), udpPort);
  t.equal((await caller.response(422, 'INVITE')).header('Min-SE'), '90');
});

t.test(
  'the switch is the refresher: it re-INVITEs at half the interval with the last SDP, unseen by the application',
  async (t) => {
    const { server, clock, caller } = await createAnsweredCall(t, ['Session-Expires: 1800;refresher=uas']);
    for (const round of [1, 2]) {
      refreshDue(server, clock);
      const invite = await caller.receive('INVITE');
      t.equal(invite.header('Session-Expires'), '1800;refresher=uac');
      t.equal(invite.header('Min-SE'), '90');
      t.equal(invite.body, ANSWER_SDP);
      const extra = [`Contact: <sip:caller@127.0.0.1:${caller.port}>`, 'Session-Expires: 1800;refresher=uac'];
      caller.send(answerTo(invite.text, 200, { body: OFFER_SDP, extra }), invite.fromPort);
      t.match(await caller.receive('ACK'), { startLine: /ACK/ }, `round ${round}`);
    }
    refreshDue(server, clock);
    const invite = await caller.receive('INVITE');
    caller.send(answerTo(invite.text, 481), invite.fromPort);
    t.match((await caller.receive('BYE')).header('Reason'), 'Session timer expired');
    t.equal(server.counts().dialogs, 0);
  },
);

/** Turns the clock to the refresh, half the interval give or take five seconds, and not so far that it is sent again. */
function refreshDue(server: SwitchRig['server'], clock: SwitchRig['clock']): void {
  clock.advance(890_000);
  while (server.counts().sip.clientTransactions === 0) clock.advance(100);
}
