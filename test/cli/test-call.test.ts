/** `ringpost test-call` against a running system: what it prints, what it concludes from what its phone heard, and its exit status. */
import { createSocket } from 'node:dgram';
import t, { type Test } from 'tap';
import { type RunTestCallOptions, runTestCall } from '../../src/cli/run-test-call.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { NOTHING_HELD, SystemUnderTest } from '../e2e/system-under-test.js';
import { environmentOf } from './doctor/diagnosis.js';

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const CALL: Omit<RunTestCallOptions, 'did' | 'print'> = {
  env: environmentOf(sut),
  from: '+13105550123',
  talkMs: 800,
  sip: { host: sut.switch.sip.address, port: sut.switch.sip.port },
  answerMs: 10_000,
  isJson: false,
  stop: new Promise(() => undefined),
};

async function place(
  did: string,
  changes: Partial<RunTestCallOptions> = {},
): Promise<{ status: number; said: string }> {
  const lines: string[] = [];
  const status = await runTestCall({ ...CALL, did, print: (line) => lines.push(line), ...changes });
  return { status, said: lines.join('\n') };
}

async function startBuyer(t: Test, toneHz: number | null, manner: PhoneManner): Promise<TonePhone> {
  const buyer = await TonePhone.start({
    name: 'buyer',
    address: '127.0.0.1',
    port: 0,
    transport: 'udp',
    manner,
    media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz }),
  });
  t.teardown(() => buyer.close());
  return buyer;
}

const ANSWERS = { kind: 'answer', afterMs: 50 } as const;

t.test('a call that is sold: steps, what was heard of greeting and buyer, the record, status 0', async (t) => {
  const buyer = await startBuyer(t, 1_000, ANSWERS);
  const did = await sut.addCampaign({ targets: [{ id: 'desk', uri: buyer.uri }] });
  const { status, said } = await place(did);
  t.equal(status, 0, said);
  t.match(said, /answered after \d+ ms/);
  t.match(
    said,
    /the buyer is connected[\s\S]*\d ms {2}bridged +the caller talks to desk/,
    'live states, then the steps',
  );
  t.match(said, /the greeting was heard for \d\.\d s at -\d+\.\d dBFS/);
  t.match(said, /the buyer was heard for \d\.\d s at -\d+\.\d dBFS/);
  t.match(said, /call record \S+: sold, ended by the caller/);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('a buyer who is not heard fails the test call', async (t) => {
  const buyer = await startBuyer(t, null, ANSWERS);
  const did = await sut.addCampaign({ targets: [{ id: 'mute', uri: buyer.uri }] });
  const { status, said } = await place(did);
  t.equal(status, 1);
  t.match(said, /the buyer was silent for \d\.\d s/);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('nobody buys and the campaign says so to the caller: that is what it is set up for', async (t) => {
  const buyer = await startBuyer(t, null, { kind: 'refuse', status: 486 });
  const did = await sut.addCampaign({ targets: [{ id: 'busy', uri: buyer.uri }] });
  const { status, said } = await place(did, { talkMs: 5_000 });
  t.equal(status, 0, said);
  t.match(said, /nobody bought it: the fallback of the campaign/);
  t.match(said, /call record \S+: message/);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('a number that nobody owns is doubted before and refused with 404', async (t) => {
  const { status, said } = await place('+12025559999');
  t.equal(status, 1);
  t.match(said, /NOTE: no number \+12025559999 is configured/);
  t.match(said, /refused with 404/);
});

t.test('one line of JSON has the verdict and the whole record', async (t) => {
  const buyer = await startBuyer(t, 1_000, ANSWERS);
  const did = await sut.addCampaign({ targets: [{ id: 'json', uri: buyer.uri }] });
  const { status, said } = await place(did, { isJson: true });
  t.equal(status, 0);
  const { isGood, sipCallId, record } = JSON.parse(said) as Record<string, { call: object } & string>;
  t.equal(isGood, true);
  t.match(record?.call, { sipCallId, outcome: 'sold', calledNumber: did });
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('where nothing answers it gives up with the reasons, and what is no number is refused', async (t) => {
  const deaf = createSocket('udp4');
  await new Promise<void>((resolve) => deaf.bind(0, '127.0.0.1', resolve));
  t.teardown(() => deaf.close());
  const sip = { host: '127.0.0.1', port: deaf.address().port };
  const { status, said } = await place('+12025550100', { sip, answerMs: 200 });
  t.equal(status, 1);
  t.match(said, /no answer came: nothing takes SIP there, or this machine belongs to the network of no trunk/);
  await t.rejects(place('1@evil.example;x'), { message: /is no number/ });
});
