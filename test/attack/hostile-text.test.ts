/**
 * What callers write into the headers of their INVITE: bytes that are not UTF-8, and text that FreeSWITCH, the event socket, a log or a
 * web page would obey. The call goes on, the buyer is dialled, and no text does anything but stand in the record.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';
import type { HostileCallerOptions, RequestOptions } from './hostile-caller.js';
import type { SipText } from './hostile-peer.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());

interface Sold {
  readonly details: CallDetails;
  /** As it reached the buyer. */
  readonly invite: SipText;
  /** Every variable of the caller's channel, while the two talked. */
  readonly dump: string;
}

/** A whole call: answered, sold, bridged, hung up by the caller. */
async function sell(t: Test, caller: HostileCallerOptions, invite: RequestOptions = {}): Promise<Sold> {
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({
    targets: [{ id: 'acme', uri: buyer.uri }],
    changes: { greetingPromptId: null, recording: 'off' },
  });
  const phone = await system.caller(did, caller);
  const bridged = new Promise<string>((resolve) => {
    const stop = system.app.events.subscribe({
      stepped: (call, entry) => {
        if (call.sipCallId !== phone.callId || entry.step !== 'bridged') return;
        stop();
        resolve(call.callId);
      },
    });
  });
  await phone.call(invite);
  const dialled = await buyer.invite();
  await buyer.answer(dialled, '200 OK');
  await bridged;
  const channels = await system.api('show channels as json');
  const dump = await dumpOf(channels);
  const byed = buyer.byes();
  t.equal((await phone.hangup()).status, 200, 'the caller hangs up');
  await byed;
  const details = await system.record(phone.callId);
  t.match(details.call, { state: 'ended', outcome: /^(connected-unbilled|sold)$/, release: { by: 'caller' } });
  return { details, invite: dialled, dump };
}

async function dumpOf(channels: string): Promise<string> {
  const rows = (JSON.parse(channels) as { rows?: { uuid: string }[] }).rows ?? [];
  const dumps = await Promise.all(rows.map(({ uuid }) => system.api(`uuid_dump ${uuid}`)));
  return dumps.join('\n');
}

/** Nothing of what a stranger wrote is in the sentences of the record. */
function assertClean(t: Test, { details, invite, dump }: Sold, forbidden: RegExp): void {
  for (const entry of details.timeline) t.notMatch(entry.text, forbidden, `${entry.step} is clean`);
  t.notMatch(details.call.release?.detail ?? '', forbidden, 'the release is clean');
  t.notMatch(invite.text, forbidden, 'the buyer gets nothing of it');
  t.notMatch(dump, forbidden, 'FreeSWITCH gets nothing of it');
}

function assertLogIsIntact(t: Test): void {
  const broken = system.logLines.filter((line) => line.indexOf('\n') !== line.length - 1 || !isJson(line));
  t.same(broken, [], 'each line of the log is one JSON object');
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const BYTE = '\xe9';
const PLACES: readonly { readonly caller?: HostileCallerOptions; readonly invite?: RequestOptions }[] = [
  { caller: { from: `"Caf${BYTE}" <sip:+13105550123@127.0.0.1>` } },
  { invite: { headers: `Subject: caf${BYTE} \xff\xfe\r\n` } },
  { invite: { headers: `X-Caf${BYTE}: caf${BYTE}\r\n` } },
  { invite: { headers: `P-Asserted-Identity: "${BYTE}t${BYTE}" <sip:+13105550123@127.0.0.1>\r\n` } },
  { invite: { headers: `User-Agent: T${BYTE}l${BYTE}phone \xc3\x28 \xf0\x28\x8c\x28\r\n` } },
];

t.test(
  'a byte that is not UTF-8 in From, Subject, P-Asserted-Identity, User-Agent or an unknown header: sold all the same',
  async (t) => {
    const sold = await Promise.all(PLACES.map(({ caller = {}, invite = {} }) => sell(t, caller, invite)));
    for (const { details } of sold) t.equal(details.call.callerNumber, '+13105550123');
    await system.assertNothingHeld(t);
  },
);

t.test('a byte that is not UTF-8 in the display name of Contact and in To', async (t) => {
  const did = await system.addCampaign({ targets: [], changes: { greetingPromptId: null } });
  const phone = await system.caller(did);
  const { peer } = phone;
  const contact = `"J\xe9r\xf4me" <sip:caller@127.0.0.1:${peer.port}>`;
  await phone.call({ contact, to: `"D\xe9pannage" <sip:${did}@127.0.0.1>` });
  t.equal((await phone.hangup()).status, 200);
  t.equal((await system.record(phone.callId)).call.state, 'ended');
  await system.assertNothingHeld(t);
});

t.test('a byte that is not UTF-8 in the SDP: its session name', async (t) => {
  const did = await system.addCampaign({ targets: [], changes: { greetingPromptId: null } });
  const phone = await system.caller(did);
  const sdp = phone.invite().split('\r\n\r\n')[1]?.replace('s=-', 's=Caf\xe9 \xff');
  await phone.call(sdp === undefined ? {} : { sdp });
  t.equal((await phone.hangup()).status, 200);
  t.equal((await system.record(phone.callId)).call.state, 'ended');
  await system.assertNothingHeld(t);
});

const CANARY = 'kanarienvogel';
const NAMES: readonly string[] = [
  `\${hostname}${CANARY}`,
  `\${system(touch ${CANARY})}`,
  `#{create_uuid()}${CANARY}`,
  `$\{sip_h_X-Ringpost-Call-Id}\\n\\napi hupall ${CANARY}`,
  `a|b;c^^:d&e ${CANARY}`,
  `{origination_caller_id_name=${CANARY}}[x=y]<z>`.replace(/[<>]/g, ''),
  `%0d%0aapi hupall%0a%0a${CANARY}`,
  `%s%n%x%d%p${CANARY}`,
  `it\\"s 'quoted' ${CANARY}`,
  `<script>alert(1)</script>${CANARY}`,
  `'); DROP TABLE calls; -- ${CANARY}`,
  `\x01\x02\x1b[31m${CANARY}\x7f`,
  `${CANARY}${'x'.repeat(3_900)}`,
];

t.test("a caller's name that somebody would obey stands in the record and nowhere else", async (t) => {
  const calls = await Promise.all(NAMES.map((name) => sell(t, { from: `"${name}" <sip:+13105550123@127.0.0.1>` })));
  for (const sold of calls) {
    t.match(sold.details.call.callerName ?? '', /./, 'the record has a name');
    t.ok((sold.details.call.callerName ?? '').length <= 64);
    assertClean(t, sold, new RegExp(CANARY));
  }
  assertLogIsIntact(t);
  await system.assertNothingHeld(t);
});

const OBEYED = `\${system(touch ${CANARY})}\\n\\napi hupall|a;b&c^^:d%0d%0a ${CANARY}`;

t.test('headers that somebody would obey, our own among them, reach neither FreeSWITCH nor the buyer', async (t) => {
  const names = ['Subject', 'User-Agent', 'X-Note', 'X-Ringpost-Greeting', 'X-Ringpost-Record', 'X-Ringpost-Unfetched'];
  const headers = names.map((name) => `${name}: ${OBEYED}\r\n`).join('');
  const folded = `X-Folded: a\r\n api uuid_kill ${CANARY}\r\n`;
  const sold = await sell(t, {}, { headers: `${headers}${folded}` });
  assertClean(t, sold, new RegExp(CANARY));
  assertLogIsIntact(t);
  await system.assertNothingHeld(t);
});

const USERS = [`\${hostname}`, '1%0d%0aX-Evil:%20y', "1;user='x", '|calc', '%00%01', '..%2f..%2fetc', '*'.repeat(300)];

t.test("a caller's number that is a command is kept as text and passed on to nobody", async (t) => {
  const calls = await Promise.all(USERS.map((user) => sell(t, { from: `<sip:${user}@127.0.0.1>` })));
  for (const { details, invite, dump } of calls) {
    t.ok(details.call.callerNumber.length <= 64);
    t.notMatch(invite.text, /X-Evil|hostname|calc|\.\.|%0d/i, 'the buyer is shown no such caller');
    t.notMatch(dump, /X-Evil|calc|etc\/|hostname\}/, 'FreeSWITCH neither');
  }
  assertLogIsIntact(t);
  await system.assertNothingHeld(t);
});
