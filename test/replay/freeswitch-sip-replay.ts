/**
 * Plays one SIP transcript of the real FreeSWITCH against the embedded one: a far end sends what it sent, and every message that comes
 * back is compared. Used by freeswitch-sip.test.ts alone.
 */

import { join } from 'node:path';
import { createFreeswitch, type Freeswitch } from '../../src/embedded/freeswitch/freeswitch.js';
import type { MediaEngine } from '../../src/embedded/media/media-port.js';
import { VirtualClock } from '../embedded/sip/virtual-clock.js';
import { comparableSip } from './comparable-sip.js';
import type { Exceptions } from './exceptions.js';
import { type ReplaySounds, SOUNDS_FOLDER } from './replay-sounds.js';
import { openUdpFarEnd, type SipFarEnd } from './sip-far-end.js';
import { isStalled } from './stall.js';
import { textDifference } from './text-difference.js';
import { readSipLines, repositoryRoot, type SipLine } from './transcript.js';
import { Wording } from './wording.js';

const FREESWITCH_PORT = 5080;
const CALLER_PORT = 6060;
/** The longest transcript plays a second of sounds. */
const STALLED_MS = 8_000;
const CLOCK_STEP_MS = 100;

/** Gives the disagreements, in sentences; empty when the embedded FreeSWITCH did as the real one. */
export async function replayFreeswitchSip(
  name: string,
  surroundings: { readonly engine: MediaEngine; readonly sounds: ReplaySounds; readonly exceptions: Exceptions },
): Promise<string[]> {
  const problems: string[] = [];
  const clock = new VirtualClock();
  const freeswitch = await createFreeswitch({
    engine: surroundings.engine,
    sipAddress: '127.0.0.1',
    sipPort: 0,
    eventSocketAddress: '127.0.0.1',
    eventSocketPort: 0,
    eventSocketPassword: 'event-socket-password',
    rtpAddress: '127.0.0.1',
    confFolder: join(repositoryRoot(), 'freeswitch-conf'),
    soundsFolder: surroundings.sounds.folder,
    recordingsFolder: surroundings.sounds.recordingsFolder,
    sipClock: clock,
    onBug: (error) => problems.push(`a bug: ${error}`),
  });
  const caller = await openUdpFarEnd();
  try {
    const run = new SipRun(name, freeswitch, caller, surroundings, problems);
    const turning = run.repeatsMessages ? run.turn(clock) : Promise.resolve();
    if (await isStalled(run.play(), STALLED_MS)) problems.push(`the caller waits in vain for:\n${run.waitingFor}`);
    run.end();
    await turning;
  } finally {
    await freeswitch.close();
    await caller.close();
  }
  return problems;
}

class SipRun {
  waitingFor = '';
  readonly #name: string;
  readonly #lines: readonly SipLine[];
  readonly #freeswitch: Freeswitch;
  readonly #caller: SipFarEnd;
  readonly #sounds: ReplaySounds;
  readonly #exceptions: Exceptions;
  readonly #problems: string[];
  readonly #wording = new Wording();
  #isDone = false;

  constructor(
    name: string,
    freeswitch: Freeswitch,
    caller: SipFarEnd,
    surroundings: { readonly sounds: ReplaySounds; readonly exceptions: Exceptions },
    problems: string[],
  ) {
    this.#name = name;
    this.#lines = readSipLines(name);
    this.#freeswitch = freeswitch;
    this.#caller = caller;
    this.#sounds = surroundings.sounds;
    this.#exceptions = surroundings.exceptions;
    this.#problems = problems;
    this.#wording.ports.push({ recorded: FREESWITCH_PORT, live: freeswitch.sipPort });
    this.#wording.ports.push({ recorded: CALLER_PORT, live: caller.port });
  }

  /** A message came more than once, for want of an answer. */
  get repeatsMessages(): boolean {
    const received = this.#lines.filter((line) => line.direction === 'in').map((line) => line.text);
    return new Set(received).size < received.length;
  }

  async play(): Promise<void> {
    for (const { direction, text } of this.#lines) {
      if (direction === 'out') {
        const { sipPort } = this.#freeswitch;
        const live = this.#wording.sipToSend(text.replaceAll(SOUNDS_FOLDER, this.#sounds.folder), sipPort);
        this.#caller.send(live, sipPort);
        continue;
      }
      this.waitingFor = text;
      const live = (await this.#caller.mailbox.take()) ?? '';
      this.#wording.received(text, live);
      const expected = comparableSip(text);
      const actual = comparableSip(this.#wording.toRecorded(live, text));
      if (!this.#exceptions.accept(this.#name, expected, actual)) this.#problems.push(textDifference(expected, actual));
    }
    await this.#freeswitch.core.channels.empty();
    if (this.repeatsMessages) return;
    for (const text of this.#caller.mailbox.unread) this.#problems.push(`the caller gets as well\n${text}`);
  }

  end(): void {
    this.#isDone = true;
  }

  /** SIP's time passes whenever nobody has anything to read. */
  async turn(clock: VirtualClock): Promise<void> {
    for (let idle = 0; !this.#isDone; idle += 1) {
      await new Promise(setImmediate);
      if (idle % 8 === 7) clock.advance(CLOCK_STEP_MS);
    }
  }
}
