/** A caller whom nobody buys leaves a message, over real SIP and real audio, and it arrives by mail with its file. */
import t from 'tap';
import { missingProgram } from '../support/installed-program.js';
import { partsOf, startSmtpServer } from '../support/smtp-server.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp');
const server = await startSmtpServer(t);
const sut = await SystemUnderTest.start(undefined, {
  smtp: {
    ...{ host: '127.0.0.1', port: server.port, tls: 'none', user: null, password: null },
    from: { name: 'Calls', address: 'calls@example.com' },
  },
});
t.teardown(() => sut.close());

t.test('a voicemail is mailed with its MP3, and once', { skip }, async (t) => {
  const did = await sut.addCampaign({
    targets: [],
    changes: {
      fallback: [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: 2_000 }],
      voicemailMail: ['desk@example.org'],
    },
  });
  const delivered = sut.reached('voicemail-delivered');
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(BUYER_HZ), 'the tone of the voicemail');
  t.equal((await caller.run.ended).diagnosis, '');
  await delivered;
  const { timeline, call, ledger } = await sut.record(caller);
  t.match(timeline.at(-1), { step: 'voicemail-delivered', text: 'the voicemail was mailed to desk@example.org' });
  t.equal(call.outcome, 'voicemail');
  t.same(ledger, []);
  t.equal(server.mails.length, 1);
  t.match(server.mails[0], { from: 'calls@example.com', to: ['desk@example.org'] });
  const [head, text, file] = partsOf(server.mails[0]?.raw ?? '');
  t.match(head?.headers, /^Subject: Voicemail from \+13105550123 for /m);
  t.match(text?.body.toString(), /^Caller: \+13105550123\r\n/m);
  t.match(file?.headers, /audio\/mpeg.*voicemail-[^"]+\.mp3/s);
  t.ok((file?.body.length ?? 0) > 4_000, 'the file is in it');
  t.ok(file?.body[0] === 0xff || file?.body.subarray(0, 3).toString() === 'ID3', 'and it is an MP3');
  t.same(await sut.settled(), NOTHING_HELD);
});
