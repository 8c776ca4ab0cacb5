/**
 * What must hold for every call once it is over, whatever was done to it: one record in a terminal state that says why, no leg that
 * the journal takes for one that is up, books that balance, and a recording that can be played or says why it cannot. Called after every
 * row of the fault matrix, on whatever engine. What is held in processes (channels, dialogs, slots) is each system's own to ask.
 */
import { existsSync } from 'node:fs';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { isTerminal } from '../../src/domain/calls/call.js';
import type { Recording } from '../../src/domain/calls/recording.js';
import type { LedgerEntry, LedgerKind } from '../../src/domain/money/ledger.js';
import { readWav } from './rtp-phone.js';

/** A recording may end this long before the talk does: the edges of the bridge, and a cut at the hang-up. */
const RECORDING_TOLERANCE_MS = 1_500;

function recordFaults({ call, timeline }: CallDetails): string[] {
  const faults: string[] = [];
  if (!isTerminal(call.state)) faults.push(`its state is ${call.state}, which is no end`);
  if (call.endedAt === null) faults.push('it has no time of its end');
  if (call.outcome === null) faults.push('it has no outcome');
  if ((call.release?.detail ?? '') === '') faults.push('its record does not say why it ended');
  const ends = timeline.filter(({ step }) => step === 'released' || step === 'refused').length;
  if (ends !== 1) faults.push(`its timeline ends ${ends} times`);
  if (call.talkMs < 0 || call.billedMs < 0) faults.push('a duration of it is negative');
  return faults;
}

/** What a restart would take for a leg that is still there. */
function legFaults({ legs }: CallDetails): string[] {
  return legs
    .filter(({ state }) => state !== 'ended')
    .map(({ side, state, channelId }) => `its ${side}-leg on channel ${channelId} is left ${state}`);
}

function booksFaults({ call, ledger }: CallDetails): string[] {
  const sum = (kind: LedgerKind): number =>
    ledger.filter((entry) => entry.kind === kind).reduce((total, { amountMicros }) => total + amountMicros, 0);
  const faults: string[] = [];
  const charged = sum('buyer-charge');
  const paid = sum('source-payout');
  if (charged !== (call.priceMicros ?? 0)) faults.push(`its record says ${call.priceMicros}, its ledger ${charged}`);
  if (paid !== (call.payoutMicros ?? 0)) faults.push(`its record pays ${call.payoutMicros}, its ledger ${paid}`);
  if (charged > 0 && call.talkMs === 0) faults.push('a buyer is charged who never talked');
  if (paid > charged && charged > 0) faults.push('more is paid than was charged');
  const keys = ledger.map((entry: LedgerEntry) => entry.key);
  if (new Set(keys).size !== keys.length) faults.push(`a ledger key comes twice: ${keys.join(', ')}`);
  if (ledger.some((entry) => entry.callId !== call.callId)) faults.push('an entry belongs to another call');
  return faults;
}

function recordingFaults(recording: Recording): string[] {
  const { state, wavPath, mp3Path, lostReason, durationMs } = recording;
  if (state === 'lost') return (lostReason ?? '') === '' ? ['a recording is lost without a reason'] : [];
  if (state !== 'ready') return [`a recording is still ${state}`];
  // Of a bridge that was over before its first packet came nothing is recorded; how much there must be, lengthFaults asks.
  const faults = durationMs === null ? ['a recording is ready and has no length'] : [];
  if (mp3Path !== null && !existsSync(mp3Path)) faults.push(`the MP3 ${mp3Path} is not there`);
  if (wavPath === null) return mp3Path === null ? [...faults, 'a recording is ready and has no file'] : faults;
  try {
    const { samples, channels, sampleRate } = readWav(wavPath);
    const wavMs = (samples.length / channels / sampleRate) * 1_000;
    if (Math.abs(wavMs - (durationMs ?? 0)) > 1) faults.push(`a WAV of ${wavMs} ms is said to have ${durationMs} ms`);
  } catch (error) {
    faults.push(`a recording cannot be played: ${String(error)}`);
  }
  return faults;
}

/** One that began at the bridge is as long as the talk; longer ones began at the answer. */
function lengthFaults({ call, recordings, timeline }: CallDetails): string[] {
  const bridges = timeline.filter(({ step }) => step === 'bridged').length;
  const ready = recordings.filter(({ kind, state }) => kind === 'call' && state === 'ready');
  if (bridges !== 1 || ready.length !== 1) return [];
  const durationMs = ready[0]?.durationMs ?? 0;
  if (durationMs + RECORDING_TOLERANCE_MS >= call.talkMs) return [];
  return [`${durationMs} ms are recorded of ${call.talkMs} ms of talk`];
}

/** What concerns record and books alone: for engines that have no legs in a journal and no files. */
export function recordAndBooksFaults(details: CallDetails): readonly string[] {
  const faults = [...recordFaults(details), ...booksFaults(details)];
  return faults.map((fault) => `${details.call.callId}: ${fault}`);
}

/** A sentence for each that does not hold, with the call's id; none when all is well. */
export function callFaults(details: CallDetails): readonly string[] {
  const faults = [...legFaults(details), ...details.recordings.flatMap(recordingFaults), ...lengthFaults(details)];
  return [...recordAndBooksFaults(details), ...faults.map((fault) => `${details.call.callId}: ${fault}`)];
}
