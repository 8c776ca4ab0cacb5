// A voicemail reaches the webhook of its campaign: once when all is well, later when it must, never lost with a process. Scripted ports.
import t from 'tap';
import { MemoryCallRepository } from '../../src/adapters/memory/memory-call-repository.js';
import { DueDeliveries } from '../../src/application/calls/deliver-due.js';
import type { Mail, MailOutcome } from '../../src/application/ports/mails.js';
import type { WebhookMessage, WebhookOutcome } from '../../src/application/ports/webhooks.js';
import { failedOnce } from '../../src/domain/calls/delivery.js';
import type { FallbackStep } from '../../src/domain/campaigns/campaign.js';
import type { FixtureOptions } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const WEBHOOK = { url: 'https://crm.example/voicemail', secret: 'sixteen letters!' };
const STEP: FallbackStep = { kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 };
const OPTIONS: FixtureOptions = { targets: [], campaign: { fallback: [STEP], voicemailWebhook: WEBHOOK } };

class Receiver {
  readonly messages: WebhookMessage[] = [];
  answers: WebhookOutcome[] = [];

  async send(message: WebhookMessage): Promise<WebhookOutcome> {
    this.messages.push(message);
    return this.answers.shift() ?? { kind: 'taken' };
  }
}

const NO_MAILS = { send: async (): Promise<MailOutcome> => ({ kind: 'failed', detail: 'no mail is expected' }) };

function delivering(fixture: CallFixture, receiver: Receiver): DueDeliveries {
  return new DueDeliveries({
    ...fixture.deps,
    deliveries: fixture.calls.deliveries,
    webhooks: receiver,
    mails: NO_MAILS,
  });
}

/** A caller who has left a message, or nothing. */
async function voicemailOf(
  options: FixtureOptions,
  durationMs = 5_000,
  facts: Parameters<CallFixture['invite']>[0] = {},
): Promise<CallFixture> {
  const fixture = new CallFixture(options);
  fixture.telephony.onAnswered((leg) => Object.assign(leg, { voicemailMs: durationMs }));
  const { call, done } = fixture.invite(facts);
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(10);
  caller.end();
  await done;
  await fixture.live.whenFollowed();
  return fixture;
}

const stepsOf = async (fixture: CallFixture) => (await fixture.stored()).timeline.map(({ step }) => step);

t.test('a voicemail is delivered once, with the call and the file, and the timeline says so', async (t) => {
  const fixture = await voicemailOf(OPTIONS);
  const receiver = new Receiver();
  const deliveries = delivering(fixture, receiver);
  deliveries.start();
  await fixture.clock.advance(10_000);
  await deliveries.stop();
  const { call, recordings, timeline } = await fixture.stored();
  t.equal(receiver.messages.length, 1);
  t.match(receiver.messages[0], {
    ...{ ...WEBHOOK, id: recordings[0]?.id, event: 'voicemail', filePath: recordings[0]?.wavPath },
    fields: { callId: call.callId, campaignId: 'campaign', callerNumber: '+13105550123', durationMs: 5_000 },
  });
  t.match(timeline.at(-1), { step: 'voicemail-delivered', text: 'the voicemail was delivered to crm.example' });
  t.equal(fixture.clock.pendingTimers, 0);
});

t.test('nothing is delivered of a caller who said nothing, nor without a webhook', async (t) => {
  const silent = await voicemailOf(OPTIONS, 0);
  const unasked = await voicemailOf({ ...OPTIONS, campaign: { fallback: [STEP] } });
  for (const fixture of [silent, unasked]) {
    t.same(await fixture.calls.deliveries.due(fixture.clock.wallMs(), 10), []);
  }
});

t.test('a receiver who fails is asked again, later and later, with the same id', async (t) => {
  const fixture = await voicemailOf(OPTIONS);
  const receiver = new Receiver();
  receiver.answers = [
    { kind: 'failed', detail: 'it answers 500' },
    { kind: 'failed', detail: 'no answer in 30000 ms' },
  ];
  const deliveries = delivering(fixture, receiver);
  await deliveries.deliverDue();
  await fixture.clock.advance(9_999);
  await deliveries.deliverDue();
  t.equal(receiver.messages.length, 1);
  await fixture.clock.advance(1);
  await deliveries.deliverDue();
  await fixture.clock.advance(30_000);
  await deliveries.deliverDue();
  t.equal(new Set(receiver.messages.map(({ id }) => id)).size, 1);
  t.equal(receiver.messages.length, 3);
  t.match(await stepsOf(fixture), ['received']);
  t.equal((await stepsOf(fixture)).at(-1), 'voicemail-delivered');
});

t.test('after a day it is given up, with an alarm', async (t) => {
  const fixture = await voicemailOf(OPTIONS);
  const receiver = new Receiver();
  receiver.answers = Array.from({ length: 20 }, () => ({ kind: 'failed', detail: 'it answers 404' }));
  const deliveries = delivering(fixture, receiver);
  for (let hour = 0; hour < 40; hour += 1) {
    await deliveries.deliverDue();
    await fixture.clock.advance(3_600_000);
  }
  t.equal(receiver.messages.length, 12);
  t.equal((await stepsOf(fixture)).at(-1), 'voicemail-undelivered');
  t.match(fixture.alarms, [/voicemail-undelivered: .*not taken by crm.example: it answers 404/]);
  const first = {
    itemId: 'r',
    item: 'voicemail',
    way: 'webhook',
    callId: 'c',
    campaignId: 'k',
    state: 'waiting',
    detail: null,
  } as const;
  t.match(failedOnce({ ...first, attempts: 11, dueAt: 0 }, 1, 'no'), { state: 'given-up', attempts: 12 });
});

t.test('a message that is lost, and a webhook that is gone, are let go without an alarm', async (t) => {
  const fixture = await voicemailOf(OPTIONS);
  const [row] = (await fixture.stored()).recordings;
  if (row === undefined) throw new Error('there is a recording');
  await fixture.calls.saveRecording({ ...row, state: 'lost', lostReason: 'no file' });
  const other = await voicemailOf(OPTIONS);
  const receiver = new Receiver();
  await delivering(fixture, receiver).deliverDue();
  const without = new CallFixture({ ...OPTIONS, campaign: { fallback: [STEP] } });
  await new DueDeliveries({
    ...other.deps,
    ...{
      configuration: without.deps.configuration,
      deliveries: other.calls.deliveries,
      webhooks: receiver,
      mails: NO_MAILS,
    },
  }).deliverDue();
  t.same(receiver.messages, []);
  t.same([...fixture.alarms, ...other.alarms], []);
  t.same(await other.calls.deliveries.due(Number.MAX_SAFE_INTEGER, 10), []);
});

t.test('killed while the caller speaks: the next process delivers what he has said', async (t) => {
  const first = new CallFixture(OPTIONS);
  first.telephony.onAnswered((leg) => Object.assign(leg, { endsAfterMessages: false }));
  const { call } = first.invite();
  (await call.answeredLeg.promise).greet();
  await first.clock.advance(2_000);
  const { caller } = await killed(first);
  const next = nextProcess(first, 1_000, OPTIONS);
  next.telephony.survivors.carry(caller, { application: 'record' });
  t.match(await adopt(first, next), { counts: { finishing: 1 } });
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  await next.live.whenFollowed();
  const receiver = new Receiver();
  await delivering(next, receiver).deliverDue();
  t.equal(receiver.messages.length, 1);
  t.equal((await stepsOf(next)).at(-1), 'voicemail-delivered');
});

t.test('the file is still being finished: it is waited for, and no attempt is counted', async (t) => {
  const calls = new MemoryCallRepository();
  const fixture = new CallFixture(OPTIONS, { calls, wallMs: Date.UTC(2026, 10, 20) });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(10);
  caller.end();
  await done;
  const [row] = (await fixture.stored()).recordings;
  if (row === undefined) throw new Error('there is a recording');
  await calls.saveRecording({ ...row, state: 'recording' });
  const receiver = new Receiver();
  await delivering(fixture, receiver).deliverDue();
  t.same(receiver.messages, []);
  const [waiting] = await calls.deliveries.due(fixture.clock.wallMs() + 2_000, 1);
  t.match(waiting, { attempts: 0, state: 'waiting' });
});

class Postman {
  readonly mails: Mail[] = [];
  answers: MailOutcome[] = [];

  async send(mail: Mail): Promise<MailOutcome> {
    this.mails.push(mail);
    return this.answers.shift() ?? { kind: 'taken', refused: [] };
  }
}

const MAILED: FixtureOptions = {
  targets: [],
  campaign: { fallback: [STEP], voicemailMail: ['desk@example.org', 'night@example.org'] },
};

const mailing = (fixture: CallFixture, mails: Postman, webhooks = new Receiver()): DueDeliveries =>
  new DueDeliveries({ ...fixture.deps, deliveries: fixture.calls.deliveries, webhooks, mails });

t.test('a voicemail is mailed to the addresses of its campaign, with its file, and is no conversion', async (t) => {
  const fixture = await voicemailOf(MAILED);
  const postman = new Postman();
  postman.answers = [{ kind: 'taken', refused: ['night@example.org'] }];
  await mailing(fixture, postman).deliverDue();
  await mailing(fixture, postman).deliverDue();
  const { call, recordings, timeline, ledger } = await fixture.stored();
  t.equal(postman.mails.length, 1);
  const [recording] = recordings;
  t.match(postman.mails[0], {
    ...{ id: recording?.id, to: ['desk@example.org', 'night@example.org'] },
    subject: 'Voicemail from +13105550123 for Plumbing',
    text: new RegExp(`Length: 5 s\nCall: ${call.callId}`),
    attachments: [{ filePath: recording?.wavPath, name: `voicemail-${recording?.id}.wav`, mediaType: 'audio/wav' }],
  });
  t.match(timeline.at(-1), {
    step: 'voicemail-delivered',
    text: 'the voicemail was mailed to desk@example.org; the mail server refused night@example.org',
  });
  t.same(ledger, [], 'never a conversion');
});

t.test('webhook and mail are owed apart: what one has is not sent again for the other', async (t) => {
  const fixture = await voicemailOf({ ...MAILED, campaign: { ...MAILED.campaign, voicemailWebhook: WEBHOOK } });
  const postman = new Postman();
  const receiver = new Receiver();
  postman.answers = [{ kind: 'failed', detail: 'mail is not configured: set RINGPOST_SMTP_URL' }];
  const deliveries = mailing(fixture, postman, receiver);
  await deliveries.deliverDue();
  await fixture.clock.advance(10_000);
  await deliveries.deliverDue();
  t.equal(receiver.messages.length, 1);
  t.equal(postman.mails.length, 2);
  t.same((await stepsOf(fixture)).slice(-2), ['voicemail-delivered', 'voicemail-delivered']);
});

t.test('a mail of a caller who withholds his number does not show it', async (t) => {
  const campaign = { ...MAILED.campaign, anonymousCallers: 'accept' } as const;
  const fixture = await voicemailOf({ ...MAILED, campaign }, 5_000, { isPrivate: true });
  const postman = new Postman();
  await mailing(fixture, postman).deliverDue();
  t.match(postman.mails[0], { subject: 'Voicemail from anonymous for Plumbing' });
  t.notMatch(postman.mails[0]?.text, /3105550123/);
});
