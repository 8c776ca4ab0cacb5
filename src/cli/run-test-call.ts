/**
 * `ringpost test-call DID`: one real call into the running system from a tone phone of ours, its steps as the app writes them, and a
 * verdict on what the caller heard. The app takes it for any other call, and bills it like one.
 */
import { createCidrTrunkFinder } from '../adapters/network/cidr-trunk-finder.js';
import { createNumberingPlan } from '../adapters/numbering/numbering-plan.js';
import type { CallDetails } from '../application/ports/call-repository.js';
import { loadConfig } from '../config/config.js';
import { formatHostAndPort, type HostAndPort } from '../config/network-address.js';
import type { CallState } from '../domain/call.js';
import { indexConfiguration } from '../domain/configuration.js';
import { findSipAddress } from './sip-address.js';
import { createStepPrinter } from './step-printer.js';
import { CallRecord } from './test-call/call-record.js';
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
}

async function prepare(options: RunTestCallOptions): Promise<Prepared> {
  const { config, secrets } = loadConfig(options.env);
  for (const number of [options.did, options.from]) {
    if (!NUMBER_FORM.test(number)) throw new Error(`"${number.slice(0, 40)}" is no number: write it as +12025550100`);
  }
  const found = options.sip === null ? await findSipAddress(config, secrets) : null;
  if (found?.kind === 'unknown') throw new Error(`${found.sentence}: name the address with --sip host:port`);
  const sip = options.sip ?? (found?.kind === 'known' ? found.address : { host: '127.0.0.1', port: 5_060 });
  const did = createNumberingPlan().toE164(options.did, config.defaultCountry) ?? options.did;
  return { sip, did, localAddress: await localAddressTowards(sip), record: CallRecord.open(config.files.databaseFile) };
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

/** Sentences for the states of the record, which come while the call goes on; its steps are written when it ends. */
const STATES: Readonly<Partial<Record<CallState, string>>> = {
  received: 'the app has the call',
  answered: 'the caller is greeted and held',
  dialing: 'a buyer is rung',
  bridged: 'the buyer is connected',
  fallback: 'nobody bought it: the fallback of the campaign',
};

function printSteps(details: CallDetails, print: (line: string) => void): void {
  const printer = createStepPrinter(print);
  for (const entry of details.timeline) printer.stepped?.(details.call, entry);
}

/** Answers the exit status: 0 when the call was answered, served and heard. Rejects with a sentence when it cannot be placed. */
export async function runTestCall(options: RunTestCallOptions): Promise<number> {
  const prepared = await prepare(options);
  using record = prepared.record;
  const { sip, did, localAddress } = prepared;
  const say = options.isJson ? () => undefined : options.print;
  for (const doubt of doubtsAbout(prepared)) say(`NOTE: ${doubt}`);
  say(`${options.from} calls ${did} at ${formatHostAndPort(sip)}; this call is billed like any other`);
  let sipCallId = '';
  let markBridged = (): void => undefined;
  const bridged = new Promise<void>((resolve) => {
    markBridged = resolve;
  });
  const onState = (state: CallState): void => {
    const sentence = STATES[state];
    if (sentence !== undefined) say(`  ${sentence}`);
    if (state === 'bridged' || state === 'fallback') markBridged();
  };
  const report = await placeCall(
    {
      ...options,
      sip,
      did,
      holdMs: HOLD_MS,
      placed: (call) => {
        sipCallId = call.sipCallId;
        record?.follow(sipCallId, onState);
      },
      answered: (afterMs) => say(`  answered after ${Math.round(afterMs)} ms`),
      bridged: record === null ? null : bridged,
    },
    localAddress,
  );
  const isTaken = report.answeredAfterMs !== null || report.refusedWith !== null;
  const details = record === null ? null : await record.closed(sipCallId, isTaken ? CLOSE_MS : 0);
  const verdict = judgeTestCall(report, details, record !== null);
  if (options.isJson) options.print(JSON.stringify({ ...verdict, sipCallId, record: details }));
  if (details !== null) printSteps(details, say);
  for (const sentence of verdict.sentences) say(sentence);
  say(verdict.isGood ? 'The test call did what it should.' : 'The test call failed.');
  return verdict.isGood ? 0 : 1;
}
