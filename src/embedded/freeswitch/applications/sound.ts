/** Applications that play, wait, collect digits and record. */
import { separate } from '../argument-list.js';
import type { Channel, Digit } from '../channel.js';
import { parseDigits, playAndGetDigits } from '../digits.js';
import { type PlayResult, playFile, sleep } from '../playback.js';
import { recordUntilSilence } from '../record-file.js';
import { parseRecordingVariables } from '../recording-variables.js';
import { startRecording, stopRecording } from '../recordings.js';
import type { Application, ApplicationCall } from '../switch-core.js';

/** `playback_terminators`: `*` when not set, `any`, `none`, or the digits. */
export function terminatorsOf(channel: Channel): string {
  const text = channel.variables.get('playback_terminators') ?? '*';
  if (text.toLowerCase() === 'any') return '1234567890*#';
  return text.toLowerCase() === 'none' ? '' : text;
}

function stopsAt(channel: Channel): (digit: Digit) => boolean {
  return (digit) => {
    if (!terminatorsOf(channel).includes(digit.digit)) return false;
    channel.variables.set('playback_terminator_used', digit.digit);
    return true;
  };
}

function respond(channel: Channel, result: PlayResult): void {
  const responses: Readonly<Record<PlayResult, string>> = {
    played: 'FILE PLAYED',
    break: 'FILE PLAYED',
    'not-found': 'FILE NOT FOUND',
    gone: 'PLAYBACK ERROR',
    error: 'PLAYBACK ERROR',
  };
  channel.variables.set('current_application_response', responses[result]);
}

async function playback({ core, channel, argument }: ApplicationCall): Promise<void> {
  channel.variables.set('playback_terminator_used', null);
  respond(channel, await playFile(core, channel, argument, { onDigit: stopsAt(channel) }));
}

/** `+N file`. `uuid_break` ends one round, so the rounds left are played after it. */
async function loopPlayback({ core, channel, argument }: ApplicationCall): Promise<void> {
  const match = /^(?:\+(-?\d+)\s+)?(.*)$/s.exec(argument);
  const name = match?.[2]?.trim() ?? '';
  if (name === '' || name.startsWith('+')) {
    channel.hangup('DESTINATION_OUT_OF_ORDER');
    return;
  }
  await playRounds({ core, channel, argument: name }, Number(match?.[1] ?? 1));
}

async function playRounds({ core, channel, argument }: ApplicationCall, rounds: number): Promise<void> {
  let left = rounds;
  let result: PlayResult = 'played';
  while (channel.isReady && left !== 0) {
    result = await playFile(core, channel, argument, { plays: left < 0 ? 0 : left });
    channel.breakLevel = 0;
    if (result !== 'break') break;
    if (left > 0) left -= 1;
  }
  respond(channel, result);
}

async function sleepFor({ core, channel, argument }: ApplicationCall): Promise<void> {
  const milliseconds = Number.parseInt(argument, 10);
  if (!(milliseconds > 0)) return;
  const eatsDigits = channel.variables.isTrue('sleep_eat_digits');
  await sleep(core, channel, milliseconds, eatsDigits ? { onDigit: stopsAt(channel) } : {});
  channel.breakLevel = 0;
}

/** `min max tries timeout terminators prompt invalid-prompt variable pattern digit-timeout`. */
async function getDigits({ core, channel, argument }: ApplicationCall): Promise<void> {
  const words = separate(argument, ' ', 11);
  const number = (index: number): number => Number.parseInt(words[index] ?? '0', 10) || 0;
  const minDigits = Math.max(0, number(0));
  await playAndGetDigits(core, channel, {
    minDigits,
    maxDigits: Math.max(minDigits, number(1)),
    tries: number(2),
    timeoutMs: Math.max(1000, number(3)),
    terminators: words[4] ?? '#',
    prompt: words[5] ?? '',
    invalidPrompt: words[6] ?? '',
    variable: words[7] ?? '',
    pattern: words[8] ?? '',
    digitTimeoutMs: Math.max(0, number(9)),
  });
}

/** `path [+seconds] [{name=value,...}]`. */
async function recordSession({ core, channel, argument }: ApplicationCall): Promise<void> {
  const [path = '', ...rest] = separate(argument, ' ', 3);
  const limit = rest[0]?.startsWith('+') === true ? Number.parseInt(rest[0].slice(1), 10) || 0 : 0;
  const variables = parseRecordingVariables(rest.find((word) => word.startsWith('{')) ?? '');
  if (path !== '') await startRecording(core, channel, path, { limitSeconds: limit, variables });
}

/** `path [seconds [threshold [silence-seconds]]]`. */
async function record(call: ApplicationCall): Promise<void> {
  const [path = '', limit = '0', , silence = '0'] = separate(call.argument, ' ', 4);
  const isRecorded = await recordUntilSilence(call.core, call.channel, {
    path,
    limitSeconds: Number.parseInt(limit.replace(/^\+/, ''), 10) || 0,
    silenceSeconds: Number.parseInt(silence, 10) || 0,
    onDigit: stopsAt(call.channel),
  });
  if (!isRecorded) call.channel.hangup('DESTINATION_OUT_OF_ORDER');
}

function sendDigits({ channel, argument }: ApplicationCall): void {
  const parsed = parseDigits(argument);
  if (parsed !== null) channel.media?.session.sendDtmf(parsed.digits, parsed.durationMs);
}

function application(
  name: string,
  needsMedia: boolean,
  run: (call: ApplicationCall) => Promise<unknown> | undefined,
): Application {
  return {
    name,
    needsMedia,
    runsInline: false,
    run: async (call) => {
      await run(call);
    },
  };
}

export const SOUND: readonly Application[] = [
  application('playback', true, playback),
  application('loop_playback', true, loopPlayback),
  application('endless_playback', true, (call) => playRounds(call, -1)),
  application('sleep', false, sleepFor),
  application('play_and_get_digits', true, getDigits),
  application('record', true, record),
  application('record_session', true, recordSession),
  application('stop_record_session', false, ({ channel, argument }) => stopRecording(channel, argument.trim())),
  application('send_dtmf', false, async (call) => sendDigits(call)),
  application('flush_dtmf', false, async ({ channel }) => {
    channel.digits.length = 0;
  }),
  // DTMF in the audio is not listened for: RFC 4733 and SIP INFO are.
  application('start_dtmf', true, () => undefined),
  application('stop_dtmf', true, () => undefined),
  application('start_dtmf_generate', true, () => undefined),
  application('conference', true, ({ core, channel, argument }) => core.conferences.join(core, channel, argument)),
  application('set_mute', true, () => undefined),
];
