/** Whether the speech recogniser answers: it is sent a second of silence, as callers' answers are sent. Without one, whether flows listen in vain. */
import { createHttpRecogniser } from '../../../adapters/bidders/http-recogniser.js';
import { createSystemClock } from '../../../adapters/system/system-clock.js';
import { wavHeader } from '../../../embedded/media/wav-format.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../doctor-context.js';
import { fault, listed, type Outcome, ok, quoted, skipped, warning } from '../finding.js';

const RATE = 8_000;
const SILENCE_BYTES = 2 * RATE;

async function withoutRecogniser(context: DoctorContext): Promise<Outcome> {
  const document = await context.document().catch(() => null);
  const names = (document?.flows ?? [])
    .filter(({ nodes }) => Object.values(nodes).some((node) => 'speech' in node))
    .map(({ id }) => id);
  if (names.length === 0) return skipped('RINGPOST_ASR_URL is not set: callers answer by keys alone');
  return warning(
    `RINGPOST_ASR_URL is not set, and flows would listen: ${listed(names)}; their callers answer by keys alone`,
    'set RINGPOST_ASR_URL, or see that the prompts of these flows name the keys',
  );
}

export const checkRecogniser: Check = {
  name: 'recogniser',
  async run(context) {
    const { config, secrets } = context;
    if (config.recogniser === null) return await withoutRecogniser(context);
    const { origin } = new URL(config.recogniser.url);
    const clock = createSystemClock();
    const recogniser = createHttpRecogniser({
      ...config.recogniser,
      authorization: secrets.asrAuthorization?.reveal() ?? null,
      clock,
      allowPrivateAddresses: config.pingAllowPrivate,
    });
    try {
      const audio = Buffer.concat([wavHeader(1, RATE, SILENCE_BYTES), Buffer.alloc(SILENCE_BYTES)]);
      const { signal } = new AbortController();
      const askedMs = clock.monotonicMs();
      const answer = await recogniser.recognise({ audio, language: 'en-US', phrases: [], signal });
      if (answer.kind === 'heard')
        return ok(`${origin} answers a second of silence within ${Math.ceil(clock.monotonicMs() - askedMs)} ms`);
      return fault(
        `${origin}: ${quoted(answer.detail)}`,
        'check RINGPOST_ASR_URL and what belongs to it; a recogniser in a network of ours must be in RINGPOST_PING_ALLOW_PRIVATE',
      );
    } finally {
      await recogniser.close();
    }
  },
};
