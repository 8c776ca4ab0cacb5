/**
 * The recogniser, from its variables: an address, and a sentence for each fault in it. Called by loadConfig. What goes into the header
 * Authorization is a secret and never part of the URL, which is shown.
 */
import type { Variables } from './env.js';
import { isLoopback } from './network-address.js';
import { shown } from './read-variables.js';
import { type Environment, readOptionalSecret, type Secret } from './secrets.js';

export interface RecogniserConfig {
  readonly url: string;
  readonly timeoutMs: number;
  readonly transcriptPath: string;
  readonly confidencePath: string;
}

export interface RecogniserReading {
  /** Null: nobody listens. */
  readonly recogniser: RecogniserConfig | null;
  readonly asrAuthorization: Secret | null;
}

function faultOf(text: string, authorization: Secret | null): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hash !== '')
    return `RINGPOST_ASR_URL is ${shown(text)}: write the address of the recogniser, such as https://asr.example.com/listen.`;
  if (url.username !== '' || url.password !== '')
    return 'RINGPOST_ASR_URL holds a user or a password: move it to RINGPOST_ASR_AUTHORIZATION, since the URL is shown.';
  if (authorization !== null && url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
    return 'RINGPOST_ASR_AUTHORIZATION would travel unencrypted to RINGPOST_ASR_URL: write https.';
  return null;
}

/** Adds a sentence to the list for each fault. */
export function readRecogniser(variables: Variables, env: Environment, faults: string[]): RecogniserReading {
  const asrAuthorization = readOptionalSecret(env, 'RINGPOST_ASR_AUTHORIZATION', faults);
  const { RINGPOST_ASR_URL: url } = variables;
  if (url === undefined) {
    if (asrAuthorization !== null)
      faults.push('RINGPOST_ASR_AUTHORIZATION is set, but RINGPOST_ASR_URL is not: set both or neither.');
    return { recogniser: null, asrAuthorization };
  }
  const fault = faultOf(url, asrAuthorization);
  if (fault !== null) faults.push(fault);
  const recogniser = {
    url,
    timeoutMs: variables.RINGPOST_ASR_TIMEOUT_MS,
    transcriptPath: variables.RINGPOST_ASR_TRANSCRIPT_PATH,
    confidencePath: variables.RINGPOST_ASR_CONFIDENCE_PATH,
  };
  return { recogniser: fault === null ? recogniser : null, asrAuthorization };
}
