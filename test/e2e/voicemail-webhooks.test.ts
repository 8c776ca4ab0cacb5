/** A caller whom nobody buys leaves a message, over real SIP and real audio, and it arrives at the webhook of the campaign with its file. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp');
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

t.test('a voicemail is delivered with its MP3, and once', { skip }, async (t) => {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/voicemail`;
  const did = await sut.addCampaign({
    targets: [],
    changes: {
      fallback: [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: 2_000 }],
      voicemailWebhook: { url, secret: 'a secret of the campaign' },
    },
  });
  const delivered = sut.reached('voicemail-delivered');
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(BUYER_HZ), 'the tone of the voicemail');
  t.equal((await caller.run.ended).diagnosis, '');
  await delivered;
  const { timeline } = await sut.record(caller);
  t.equal(timeline.at(-1)?.step, 'voicemail-delivered');
  t.equal(bodies.length, 1);
  t.match(bodies[0]?.toString('latin1'), /"callerNumber":"\+13105550123".*filename="[^"]+\.mp3"/s);
  t.ok((bodies[0]?.length ?? 0) > 4_000, 'the file is in it');
  t.same(await sut.settled(), NOTHING_HELD);
});
