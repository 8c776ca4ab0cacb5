/**
 * Plays one transcript of the real FreeSWITCH's event socket against the embedded one: sends the recorded commands, lets the SIP legs do
 * what they did, and compares replies and events. Replies keep their order, and the events of each channel theirs; between two channels
 * the real server has none. Used by event-socket.test.ts alone.
 */
import { join } from 'node:path';
import { createFreeswitch, type Freeswitch } from '../../src/embedded/freeswitch/freeswitch.js';
import type { MediaEngine } from '../../src/embedded/media/media-port.js';
import { eventDifferences } from './event-comparison.js';
import {
  connectEventSocket,
  type EventFields,
  type EventSocketWire,
  frameOf,
  listenForEventSocket,
  type SocketFrame,
} from './event-socket-wire.js';
import { EventStreams, REPLIES, streamOf } from './event-streams.js';
import { EVERY_EVENT, everyEventScript } from './every-event-script.js';
import type { Exceptions } from './exceptions.js';
import { eventOf, type LegAct, type LegPlan, legActs, text } from './freeswitch-script.js';
import { legsBefore } from './legs-before.js';
import { Pauses } from './pauses.js';
import { RECORDINGS_FOLDER, type ReplaySounds, SOUNDS_FOLDER } from './replay-sounds.js';
import { ReplayedLeg } from './replayed-leg.js';
import { comparableReply } from './reply-comparison.js';
import { isStalled } from './stall.js';
import { textDifference } from './text-difference.js';
import { type ControlLine, readControlLines, repositoryRoot } from './transcript.js';
import { Wording } from './wording.js';

const PASSWORD = 'event-socket-password';
const FREESWITCH_PORT = 5080;
/** The longest transcript lasts nine seconds. */
const STALLED_MS = 14_000;
const OUTBOUND_HEADER = 'X-esl-outbound';

export interface Surroundings {
  readonly engine: MediaEngine;
  readonly sounds: ReplaySounds;
  readonly exceptions: Exceptions;
}

/** Gives the disagreements, in sentences; empty when the embedded FreeSWITCH did as the real one. */
export async function replayEventSocket(name: string, surroundings: Surroundings): Promise<string[]> {
  const problems: string[] = [];
  const freeswitch = await createFreeswitch({
    engine: surroundings.engine,
    sipAddress: '127.0.0.1',
    sipPort: 0,
    eventSocketAddress: '127.0.0.1',
    eventSocketPort: 0,
    eventSocketPassword: PASSWORD,
    rtpAddress: '127.0.0.1',
    confFolder: join(repositoryRoot(), 'freeswitch-conf'),
    soundsFolder: surroundings.sounds.folder,
    recordingsFolder: surroundings.sounds.recordingsFolder,
    onBug: (error) => problems.push(`a bug: ${error}`),
  });
  const run = new EventSocketRun(name, freeswitch, surroundings, problems);
  try {
    if (await isStalled(run.play(), STALLED_MS)) problems.push(`the app waits in vain for:\n${run.waitingFor}`);
  } finally {
    await run.close();
    await freeswitch.close();
  }
  return problems;
}

function scriptOf(name: string): { lines: readonly ControlLine[]; acts: ReadonlyMap<number, readonly LegAct[]> } {
  const lines = readControlLines('freeswitch', name);
  return { lines, acts: legActs(lines, legsBefore(name)) };
}

class EventSocketRun {
  waitingFor = '';
  readonly #name: string;
  readonly #lines: readonly ControlLine[];
  readonly #acts: ReadonlyMap<number, readonly LegAct[]>;
  readonly #freeswitch: Freeswitch;
  readonly #surroundings: Surroundings;
  readonly #problems: string[];
  readonly #wording = new Wording();
  readonly #legs = new Map<string, ReplayedLeg>();
  readonly #closers: (() => void)[] = [];
  readonly #streams = new EventStreams();
  #wire: Promise<EventSocketWire> | undefined;
  #pauses: Pauses | undefined;

  constructor(name: string, freeswitch: Freeswitch, surroundings: Surroundings, problems: string[]) {
    this.#name = name;
    const { lines, acts } = name === EVERY_EVENT ? everyEventScript() : scriptOf(name);
    this.#lines = lines;
    this.#acts = acts;
    this.#freeswitch = freeswitch;
    this.#surroundings = surroundings;
    this.#problems = problems;
    this.#wording.ports.push({ recorded: FREESWITCH_PORT, live: freeswitch.sipPort });
  }

  async play(): Promise<void> {
    this.#pauses = await Pauses.open(this.#name, this.#freeswitch.eventSocketPort, PASSWORD);
    if (this.#lines[0]?.from === 'freeswitch') this.#use(connectEventSocket(this.#freeswitch.eventSocketPort));
    for (const [index, line] of this.#lines.entries()) {
      for (const act of this.#acts.get(index) ?? []) await this.#act(act);
      this.waitingFor = line.text ?? 'the end of the connection';
      await this.#pauses?.before(line);
      if (line.closed === true) await this.#end(line);
      else if (line.from === 'app') (await this.#wire)?.send(this.#runWords(line.text ?? ''));
      else await this.#expect(line, this.#commandBefore(index));
    }
    this.waitingFor = 'the end of every channel';
    for (const leg of this.#legs.values()) leg.hangUp();
    await this.#freeswitch.core.channels.empty();
    for (const frame of this.#streams.unread())
      this.#problems.push(`the app gets as well\n${frame.text.slice(0, 200)}`);
  }

  async close(): Promise<void> {
    this.#pauses?.close();
    (await this.#wire)?.close();
    for (const close of this.#closers) close();
    for (const leg of this.#legs.values()) await leg.close();
  }

  async #act(act: LegAct): Promise<void> {
    switch (act.kind) {
      case 'open':
        await this.#open(act.leg);
        return;
      case 'press':
        this.#legs.get(act.uuid)?.press(act.digit);
        return;
      case 'hang up':
        this.#legs.get(act.uuid)?.hangUp();
        return;
    }
  }

  async #open(plan: LegPlan): Promise<void> {
    const outbound = plan.headers.find(([name]) => name === OUTBOUND_HEADER)?.[1];
    if (outbound !== undefined) {
      const listening = await listenForEventSocket();
      this.#closers.push(() => listening.close());
      this.#wording.ports.push({ recorded: Number(outbound.split(':')[1]), live: listening.port });
      this.#use(listening.accepted);
    }
    const leg = await ReplayedLeg.open(plan, this.#freeswitch.sipPort, (value) => this.#runWords(value));
    this.#legs.set(plan.uuid, leg);
    this.#wording.ports.push({ recorded: plan.fromPort, live: leg.port });
  }

  #use(wire: Promise<EventSocketWire>): void {
    this.#wire = wire;
    wire
      .then(({ mailbox }) => this.#streams.pump(mailbox))
      .catch((error: unknown) => this.#problems.push(String(error)));
  }

  async #end(line: ControlLine): Promise<void> {
    if (line.from === 'app') (await this.#wire)?.close();
    else if ((await this.#streams.take(REPLIES)) !== undefined) this.#problems.push('the connection is not closed');
  }

  async #expect(line: ControlLine, command: string): Promise<void> {
    if (this.#surroundings.exceptions.mayLeaveOut(this.#name, line.text ?? '')) return;
    const recorded = frameOf(line.text ?? '');
    const live = await this.#streams.take(streamOf(recorded));
    const context = recorded.event === undefined ? command : summaryOf(recorded);
    const before = eventOf(line);
    const after = live === undefined ? undefined : eventOf({ from: 'freeswitch', text: live.text });
    if (before === undefined || after === undefined)
      this.#compareReplies(command, recorded.text, live?.text ?? 'nothing');
    else {
      this.#compareBodies(before, after);
      const translate = (value: string, was: string): string => this.#transcriptWords(value, was);
      this.#problems.push(
        ...eventDifferences(before, after, translate).map((difference) => `${context}: ${difference}`),
      );
    }
  }

  /** The answer to `bgapi` is the body of its event. */
  #compareBodies(recorded: EventFields, live: EventFields): void {
    const [before, after] = [text(recorded, '_body'), text(live, '_body')];
    if (before !== '' || after !== '') this.#compareReplies(text(recorded, 'Job-Command'), before, after);
  }

  #compareReplies(command: string, recorded: string, live: string): void {
    const expected = comparableReply(command, recorded);
    const actual = comparableReply(command, this.#transcriptWords(live, recorded));
    if (this.#surroundings.exceptions.accept(this.#name, expected, actual)) return;
    this.#problems.push(`${command}: ${textDifference(expected, actual)}`);
  }

  /** The last command of the app before a line. */
  #commandBefore(index: number): string {
    const line = this.#lines.slice(0, index).findLast((one) => one.from === 'app');
    return line?.text?.split('\n', 1)[0] ?? '';
  }

  #transcriptWords(live: string, recorded: string): string {
    const { folder, recordingsFolder } = this.#surroundings.sounds;
    const text = live.replaceAll(folder, SOUNDS_FOLDER).replaceAll(recordingsFolder, RECORDINGS_FOLDER);
    return this.#wording.toRecorded(text, recorded);
  }

  #runWords(recorded: string): string {
    const { folder, recordingsFolder } = this.#surroundings.sounds;
    const text = recorded.replaceAll(SOUNDS_FOLDER, folder).replaceAll(RECORDINGS_FOLDER, recordingsFolder);
    return this.#wording.toLive(text);
  }
}

function summaryOf({ event }: SocketFrame): string {
  const words = ['Event-Name', 'Event-Subclass', 'Application'].map((name) => text(event, name));
  return `${words.filter((word) => word !== '').join(' ')} of ${text(event, 'Unique-ID').slice(-4)}`;
}
