/**
 * Collects digits: switch_play_and_get_digits(), switch_ivr_read() and switch_ivr_collect_digits_count(). Used by the
 * application `play_and_get_digits`. The outcome lands in variables: the digits in the one named, the rest in read_result and
 * read_terminator_used.
 */
import type { Channel } from './channel.js';
import { playFile } from './playback.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import type { SwitchCore } from './switch-core.js';

export interface DigitRequest {
  readonly minDigits: number;
  readonly maxDigits: number;
  readonly tries: number;
  readonly timeoutMs: number;
  readonly terminators: string;
  readonly prompt: string;
  readonly invalidPrompt: string;
  readonly variable: string;
  readonly pattern: string;
  readonly digitTimeoutMs: number;
}

type ReadStatus = 'success' | 'timeout' | 'too-small' | 'failure';

interface ReadResult {
  readonly digits: string;
  readonly status: ReadStatus;
  readonly terminator: string;
}

/** digit_buffer of the application. */
const MAX_DIGITS = 127;

export async function playAndGetDigits(core: SwitchCore, channel: Channel, request: DigitRequest): Promise<void> {
  const { variables } = channel;
  if (request.pattern !== '' && request.variable !== '') variables.set(`${request.variable}_invalid`, null);
  for (let left = request.tries; left > 0 && channel.isReady; left -= 1) {
    const result = await read(core, channel, request);
    const isLongEnough = result.digits.length >= request.minDigits;
    const isRead = result.status === 'success' || (result.status === 'timeout' && isLongEnough);
    if (request.minDigits === 0 && result.digits === '' && variables.get('read_terminator_used') !== null) return;
    if (isRead && result.digits !== '') {
      if (request.pattern === '' || matches(result.digits, request.pattern)) return;
      variables.set(request.variable, null);
      if (request.variable !== '') variables.setChecked(`${request.variable}_invalid`, result.digits);
    }
    if (!channel.isReady) return;
    await playFile(core, channel, request.invalidPrompt);
  }
}

function matches(digits: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(digits);
  } catch {
    return false;
  }
}

/** One prompt and what is pressed after it. */
async function read(core: SwitchCore, channel: Channel, request: DigitRequest): Promise<ReadResult> {
  const { variables } = channel;
  variables.set('read_result', null);
  variables.set(request.variable, null);
  const maxDigits = Math.max(request.minDigits, request.maxDigits);
  if (maxDigits > MAX_DIGITS) return { digits: '', status: 'failure', terminator: '' };
  if (request.prompt !== '' && request.prompt.toLowerCase() !== 'silence') {
    const played = await playFile(core, channel, request.prompt, { endsAtAnyDigit: true });
    if (played === 'gone') return { digits: '', status: 'failure', terminator: '' };
  }
  const result = await collect(core, channel, { ...request, maxDigits });
  if (result.terminator !== '') variables.set('read_terminator_used', result.terminator);
  const isShort = request.minDigits > 0 && result.digits.length < request.minDigits;
  const needsTerminator = request.terminators.startsWith('=') && result.terminator === '';
  const status: ReadStatus = isShort || needsTerminator ? 'too-small' : result.status;
  variables.set('read_result', status === 'too-small' ? 'failure' : status);
  if (request.variable !== '' && result.digits !== '') variables.setChecked(request.variable, result.digits);
  return { ...result, status };
}

/** Takes digits until enough, a terminator, or too long a pause. */
async function collect(core: SwitchCore, channel: Channel, request: DigitRequest): Promise<ReadResult> {
  let digits = '';
  let deadlineMs = performance.now() + request.timeoutMs;
  while (digits.length < request.maxDigits) {
    if (!channel.isReady) return { digits, status: 'failure', terminator: '' };
    if (channel.breakLevel !== 0) {
      channel.breakLevel = 0;
      return { digits, status: 'failure', terminator: '' };
    }
    const digit = channel.takeDigit();
    if (digit !== null) {
      if (request.terminators.includes(digit.digit)) return { digits, status: 'success', terminator: digit.digit };
      digits += digit.digit;
      deadlineMs = performance.now() + (request.digitTimeoutMs || request.timeoutMs);
    } else if (hasRunnableCommand(channel)) {
      await runPrivateCommands(core, channel);
    } else {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return { digits, status: 'timeout', terminator: '' };
      await channel.signal.wait(leftMs);
    }
  }
  return { digits, status: 'success', terminator: '' };
}

/** `1234`, `12@250` for a length in ms: what a command may send or inject. Null: a character that is no digit. */
export function parseDigits(text: string): { readonly digits: string; readonly durationMs: number } | null {
  const match = /^([0-9*#A-Da-dwW]{1,100})(?:@(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return null;
  return { digits: (match[1] ?? '').toUpperCase(), durationMs: Number(match[2] ?? 250) };
}
