/** The environment variables of the recogniser that callers may answer to. Read by env.ts; what they mean together is recogniser-settings.ts. */
import { optionalText, text, whole } from './variable.js';

const PATH = '^[A-Za-z0-9_.|-]{1,200}$';

export const RECOGNISER_VARIABLES = {
  RINGPOST_ASR_URL: optionalText({
    group: 'Speech',
    derived: 'none: callers answer by keys alone',
    description:
      'The speech recogniser for what callers answer in a flow: each answer is posted there as `audio/wav`, with `language` in the query. An address inside our networks must be in RINGPOST_PING_ALLOW_PRIVATE, `127.0.0.1/32` for one on this machine. What it asks for in the header Authorization is RINGPOST_ASR_AUTHORIZATION.',
  }),
  RINGPOST_ASR_TIMEOUT_MS: whole({
    group: 'Speech',
    unit: 'ms',
    default: 4_000,
    minimum: 200,
    maximum: 15_000,
    description: 'How long the caller waits in silence for the recogniser; a later answer counts as none.',
  }),
  RINGPOST_ASR_TRANSCRIPT_PATH: text({
    group: 'Speech',
    default: 'transcript',
    pattern: PATH,
    description:
      'Where the text stands in the JSON answer: a dotted path such as `results.channels.0.alternatives.0.transcript`, or several with `|` between.',
  }),
  RINGPOST_ASR_CONFIDENCE_PATH: text({
    group: 'Speech',
    default: 'confidence',
    pattern: PATH,
    description: 'Where the answer says from 0 to 1 how sure it is; nothing there is taken for sure.',
  }),
};
