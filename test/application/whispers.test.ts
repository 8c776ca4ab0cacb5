// Whispers that name the call: spoken under the auction, waited for no longer than a moment. On scripted ports and a virtual clock.
import t from 'tap';
import { type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';

const TEXTS = {
  named: 'A {{campaign}} call from {{state|somewhere}}.',
  plain: 'A call.',
};

function whispered(promptId: keyof typeof TEXTS): FixtureOptions {
  const spoken = Object.entries(TEXTS).map(([id, text]) => ({ id, kind: 'text' as const, text, voice: 'slt' }));
  const files = ['greeting', 'music', 'ending'].map((id) => ({ id, kind: 'file' as const, path: `/${id}.wav` }));
  return {
    targets: [staticTarget('alpha', 30, { whisperPromptId: promptId })],
    document: { prompts: [...spoken, ...files] },
  };
}

async function dialled(fixture: CallFixture, afterMs: number): Promise<string | null | undefined> {
  const { call, done } = fixture.invite({ callerUser: '+15125550123' });
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(afterMs);
  const path = fixture.telephony.dialled[0]?.whisperPath;
  await fixture.clock.advance(5_000);
  caller.end();
  await done;
  t.match((await fixture.stored()).call, { outcome: 'sold' });
  return path;
}

t.test('a whisper with tokens is spoken for the call when it is let in, and the buyer hears it', async (t) => {
  const fixture = new CallFixture(whispered('named'));
  t.equal(await dialled(fixture, 0), '/cache/spoken-0.wav');
  t.same(fixture.spokenTexts, ['A Plumbing call from Texas.']);
  t.same(fixture.leftovers(), []);
});

t.test('one that is not ready after a moment goes without its tokens, with an alarm', async (t) => {
  const fixture = new CallFixture(whispered('named'));
  fixture.speechMs = 2_000;
  t.equal(await dialled(fixture, 249), undefined, 'nobody is rung yet');
  const again = new CallFixture(whispered('named'));
  again.speechMs = 2_000;
  t.equal(await dialled(again, 250), '/cache/named.wav');
  t.match(again.alarms, [/whisper-late: the whisper named was not spoken in time/]);
  t.same(again.leftovers(), []);
});

t.test('a whisper without tokens is the one that was spoken beforehand', async (t) => {
  const fixture = new CallFixture(whispered('plain'));
  t.equal(await dialled(fixture, 0), '/cache/plain.wav');
  t.same(fixture.spokenTexts, []);
});
