/** Which speech engines speak: each that is named and installed is asked for one word. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SoundThread } from '../../../adapters/speech/sound-thread.js';
import { DEFAULT_VOICE, type SpeechEngine, speechEngines } from '../../../adapters/speech/speech-engine.js';
import type { Check } from '../check.js';
import { fault, listed, type Outcome, ok, quoted, warning } from '../finding.js';

type Spoken = { readonly name: string; readonly state: 'speaks' | 'absent' | 'fails'; readonly sentence: string };

async function listen(engine: SpeechEngine): Promise<Spoken> {
  const { name } = engine;
  if (!(await engine.isInstalled())) return { name, state: 'absent', sentence: '' };
  const folder = await mkdtemp(join(tmpdir(), 'ringpost-doctor-'));
  try {
    const sentence = await engine.speak('Hello.', DEFAULT_VOICE, folder);
    return sentence === null
      ? { name, state: 'speaks', sentence: '' }
      : { name, state: 'fails', sentence: quoted(sentence) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function judge(heard: readonly Spoken[]): Outcome {
  const names = (state: Spoken['state']): readonly string[] =>
    heard.filter((one) => one.state === state).map(({ name }) => name);
  const speaking = names('speaks');
  const failing = heard.filter(({ state }) => state === 'fails');
  const failures = failing.map(({ name, sentence }) => `${name} fails: ${sentence}`);
  const advice =
    'install one: "apt-get install flite" or "apt-get install espeak-ng", or name flite-wasm in RINGPOST_TTS_ENGINES, which comes with Ringpost';
  if (speaking.length === 0) {
    const absent = names('absent');
    const lacking = absent.length === 0 ? [] : [`${listed(absent)} not installed`];
    const why = [...lacking, ...failures];
    return fault(
      `no speech engine answers${why.length === 0 ? ': none is named' : `: ${why.join('; ')}`}; texts cannot be spoken`,
      advice,
    );
  }
  if (failures.length > 0)
    return warning(
      `${listed(speaking)} speaks; ${failures.join('; ')}`,
      'reinstall the one that fails, or leave it out of RINGPOST_TTS_ENGINES',
    );
  const absent = names('absent');
  return ok(
    `${listed(speaking)} ${speaking.length === 1 ? 'speaks' : 'speak'}${absent.length === 0 ? '' : `; ${listed(absent)} not installed`}`,
  );
}

export const checkSpeech: Check = {
  name: 'speech',
  async run({ config }) {
    const thread = new SoundThread();
    const release = thread.hold();
    try {
      return judge(await Promise.all(speechEngines(config.speechEngines, thread).map(listen)));
    } finally {
      await release();
      await thread.close();
    }
  },
};
