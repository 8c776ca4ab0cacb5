/**
 * `ringpost test-call DID`: one real call into the running system from a tone phone of ours, its steps from the live feed or from the
 * database, and a verdict on what the caller heard. The app takes it for any other call, and bills it like one.
 */
import { createCidrTrunkFinder } from '../adapters/network/cidr-trunk-finder.js';
import { createNumberingPlan } from '../adapters/numbering/numbering-plan.js';
import { loadConfig } from '../config/config.js';
import { formatHostAndPort, type HostAndPort } from '../config/network-address.js';
import { indexConfiguration } from '../domain/campaigns/configuration.js';
import { type ApiAccess, splitClientEnvironment } from './client-environment.js';
import { findSipAddress } from './sip-address.js';
import { CallRecord } from './test-call/call-record.js';
import { CallSteps } from './test-call/call-steps.js';
import { FeedSteps } from './test-call/feed-steps.js';
import { localAddressTowards, placeCall } from './test-call/place-call.js';
import { judgeTestCall } from './test-call/verdict.js';

export interface RunTestCallOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly did: string;
  /** The caller's number. */
  readonly from: string;
  /** How long to talk to the buyer. */
  readonly talkMs: number;
  /** Where SIP is taken; null: as the environment, or drachtio, says. */
  readonly sip: HostAndPort | null;
  /** Without an answer for this long it gives up. */
  readonly answerMs: number;
  readonly isJson: boolean;
  readonly print: (line: string) => void;
  readonly stop: Promise<unknown>;
}

/** Longer than this no campaign of ours keeps a caller on hold. */
const HOLD_MS = 120_000;
const CLOSE_MS = 10_000;
/** What a dialled number may be made of: it is written into a SIP URI. */
const NUMBER_FORM = /^\+?[0-9]{3,32}$/;

interface Prepared {
  readonly sip: HostAndPort;
  readonly did: string;
  readonly localAddress: string;
  readonly record: CallRecord | null;
  /** Null: its live feed is not to be had. */
  readonly api: ApiAccess | null;
}

async function prepare(options: RunTestCallOptions): Promise<Prepared> {
  const { api, rest } = splitClientEnvironment(options.env);
  const { config, secrets } = loadConfig(rest);
  for (const number of [options.did, options.from]) {
    if (!NUMBER_FORM.test(number)) throw new Error(`"${number.slice(0, 40)}" is no number: write it as +12025550100`);
  }
  const found = options.sip === null ? await findSipAddress(config, secrets) : null;
  if (found?.kind === 'unknown') throw new Error(`${found.sentence}: name the address with --sip host:port`);
  const sip = options.sip ?? (found?.kind === 'known' ? found.address : { host: '127.0.0.1', port: 5_060 });
  const did = createNumberingPlan().toE164(options.did, config.defaultCountry) ?? options.did;
  const record = CallRecord.open(config.files.databaseFile);
  return { sip, did, localAddress: await localAddressTowards(sip), record, api };
}

/** What the configuration says about this call beforehand, as sentences: the reasons for which it would get no answer. */
function doubtsAbout({ record, did, localAddress }: Prepared): readonly string[] {
  if (record === null) return [];
  const configuration = indexConfiguration(0, record.document());
  const doubts: string[] = [];
  if (createCidrTrunkFinder().find(configuration, localAddress) === null)
    doubts.push(`${localAddress}, from which this call comes, belongs to the network of no trunk: it gets no answer`);
  if (!configuration.didsByNumber.has(did)) doubts.push(`no number ${did} is configured`);
  return doubts;
}

/** Null when the environment names no API, or it cannot be followed: then the steps come at the end. */
async function followFeed(
  prepared: Prepared,
  steps: CallSteps,
  say: (line: string) => void,
): Promise<FeedSteps | null> {
  if (prepared.api === null) return null;
  try {
    return await FeedSteps.open(prepared.api, {
      did: prepared.did,
      stepped: (callId, entry) => steps.step(callId, entry),
      closed: (call) => steps.closed(call),
    });
  } catch (error) {
    say(`NOTE: the live feed is not followed: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Answers the exit status: 0 when the call was answered, served and heard. Rejects with a sentence when it cannot be placed. */
export async function runTestCall(options: RunTestCallOptions): Promise<number> {
  const prepared = await prepare(options);
  using record = prepared.record;
  const { sip, did, localAddress } = prepared;
  const say = options.isJson ? () => undefined : options.print;
  for (const doubt of doubtsAbout(prepared)) say(`NOTE: ${doubt}`);
  say(`${options.from} calls ${did} at ${formatHostAndPort(sip)}; this call is billed like any other`);
  const steps = new CallSteps(say);
  using feed = await followFeed(prepared, steps, say);
  let sipCallId = '';
  const report = await placeCall(
    {
      ...options,
      sip,
      did,
      holdMs: HOLD_MS,
      placed: (call) => {
        sipCallId = call.sipCallId;
        if (feed === null) record?.follow(sipCallId, (state) => steps.state(state));
      },
      answered: (afterMs) => say(`  answered after ${Math.round(afterMs)} ms`),
      bridged: record === null && feed === null ? null : steps.bridged,
    },
    localAddress,
  );
  const isTaken = report.answeredAfterMs !== null || report.refusedWith !== null;
  const details = await steps.end(record, sipCallId, isTaken ? CLOSE_MS : 0);
  const verdict = judgeTestCall(report, details, record !== null);
  if (options.isJson) options.print(JSON.stringify({ ...verdict, sipCallId, record: details }));
  for (const sentence of verdict.sentences) say(sentence);
  say(verdict.isGood ? 'The test call did what it should.' : 'The test call failed.');
  return verdict.isGood ? 0 : 1;
}
