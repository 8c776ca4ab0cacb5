/**
 * Plays one transcript of the real drachtio against the embedded one: sends what the app sent, plays the SIP far ends over real
 * sockets, and compares every frame and every SIP message that comes back. Used by drachtio.test.ts alone.
 */
import { createDrachtioServer, type DrachtioServer } from '../../src/embedded/drachtio/drachtio-server.js';
import { VirtualClock } from '../embedded/sip/virtual-clock.js';
import { comparableSip } from './comparable-sip.js';
import { type ControlConnection, openControlConnection } from './control-connection.js';
import { payloadOf, type SipPart, sipParts, splitPayload } from './drachtio-script.js';
import type { Exceptions } from './exceptions.js';
import { openTcpFarEnd, openUdpFarEnd, type SipFarEnd } from './sip-far-end.js';
import { withContentLength } from './sip-text.js';
import { isStalled } from './stall.js';
import { textDifference } from './text-difference.js';
import { type ControlLine, readControlLines, readSipLines, type SipLine } from './transcript.js';
import { Wording } from './wording.js';

const SECRET = 'shared-secret';
/** Ports of the transcripts (README there). */
const PORTS: Readonly<Record<string, number>> = { drachtio: 5060, caller: 6060, buyer: 6070, freeswitch: 5080 };
/** A run that stands still for so long has failed; it is not waited for otherwise. */
const STALLED_MS = 4_000;
/** Gaps in a transcript that are waited through by turning the clock. */
const LONG_GAP_MS = 5_000;
const CLOCK_STEP_MS = 100;

/** Gives the disagreements, in sentences; empty when the embedded drachtio did as the real one. */
export async function replayDrachtio(name: string, exceptions: Exceptions): Promise<string[]> {
  const replay = new DrachtioReplay(name, exceptions);
  try {
    await replay.open();
    await replay.play();
  } finally {
    await replay.close();
  }
  return replay.problems;
}

class DrachtioReplay {
  readonly problems: string[] = [];
  readonly #name: string;
  readonly #control: readonly ControlLine[];
  readonly #sip: readonly SipLine[];
  readonly #parts: ReadonlyMap<string, readonly SipPart[]>;
  readonly #exceptions: Exceptions;
  readonly #wording = new Wording();
  readonly #clock = new VirtualClock();
  readonly #connections = new Map<number, ControlConnection>();
  readonly #farEnds = new Map<string, SipFarEnd>();
  readonly #waitingFor = new Map<string, string>();
  #server: DrachtioServer | undefined;
  #played = 0;
  #onPlayed: (() => void)[] = [];
  #isDone = false;

  constructor(name: string, exceptions: Exceptions) {
    this.#name = name;
    this.#control = readControlLines('drachtio', name);
    this.#sip = readSipLines(name);
    this.#parts = sipParts(this.#control, this.#sip);
    this.#exceptions = exceptions;
  }

  async open(): Promise<void> {
    this.#server = await createDrachtioServer({
      sipListeners: (['tcp', 'udp'] as const).map((transport) => ({ transport, address: '127.0.0.1', port: 0 })),
      controlHost: '127.0.0.1',
      controlPort: 0,
      secret: SECRET,
      clock: this.#clock,
      log: (event, details) => {
        if (event === 'bug') this.problems.push(`a bug: ${details.error}`);
      },
    });
    // A far end on TCP writes the TCP port; both stand for one number in the transcript.
    const transports = [...this.#parts.values()].flat().some((part) => part.line.transport === 'tcp')
      ? (['tcp', 'udp'] as const)
      : (['udp', 'tcp'] as const);
    for (const transport of transports)
      this.#wording.ports.push({ recorded: PORTS.drachtio ?? 0, live: this.#sipPort(transport) });
    for (const [at, parts] of this.#parts) {
      const isTcp = parts.some((part) => part.line.transport === 'tcp');
      const farEnd = await (isTcp ? openTcpFarEnd(this.#sipPort('tcp')) : openUdpFarEnd());
      this.#farEnds.set(at, farEnd);
      for (const live of [farEnd.port, farEnd.localPort]) this.#wording.ports.push({ recorded: PORTS[at] ?? 0, live });
    }
    for (const { connection = 1 } of this.#control) {
      if (this.#connections.has(connection)) continue;
      this.#connections.set(connection, await openControlConnection(this.#server.controlPort));
    }
  }

  async play(): Promise<void> {
    const acts = [this.#playControl(), ...[...this.#parts].map(([at, parts]) => this.#playFarEnd(at, parts))];
    const turning = this.#needsTime() ? this.#turnClock() : Promise.resolve();
    const stalled = await isStalled(Promise.all(acts), STALLED_MS);
    this.#isDone = true;
    await turning;
    if (stalled) {
      for (const [who, what] of this.#waitingFor) this.problems.push(`${who} waits in vain for:\n${what}`);
    }
    await this.#findExtra();
  }

  async close(): Promise<void> {
    this.#isDone = true;
    for (const connection of this.#connections.values()) connection.close();
    await this.#server?.close();
    for (const farEnd of this.#farEnds.values()) await farEnd.close();
  }

  async #playControl(): Promise<void> {
    for (const [index, line] of this.#control.entries()) {
      const connection = this.#connections.get(line.connection ?? 1);
      if (connection === undefined) throw new Error('a connection is missing');
      if (line.closed === true) {
        if (isClosedByApp(this.#control, index)) connection.close();
        else
          await this.#expect(connection, 'app', '', (live) =>
            this.#compare('app', 'the connection is closed', live ?? 'the connection is closed'),
          );
      } else if (line.from === 'app') {
        connection.send(this.#appFrame(line.text ?? ''));
      } else {
        const recorded = payloadOf(line.text ?? '');
        if (!this.#exceptions.mayLeaveOut(this.#name, recorded))
          await this.#expect(connection, 'app', recorded, (live) => this.#compareFrame(recorded, live));
      }
      this.#played = index + 1;
      for (const wake of this.#onPlayed.splice(0)) wake();
    }
  }

  async #playFarEnd(at: string, parts: readonly SipPart[]): Promise<void> {
    const farEnd = this.#farEnds.get(at);
    if (farEnd === undefined) throw new Error(`${at} is missing`);
    for (const { line, afterControl } of parts) {
      if (line.direction === 'in') {
        await this.#expect(farEnd, at, line.text, (live) => {
          this.#wording.received(line.text, live ?? '');
          this.#compareSip(at, line.text, live);
        });
      } else {
        while (this.#played < afterControl) await new Promise<void>((resolve) => this.#onPlayed.push(resolve));
        const port = this.#sipPort(line.transport ?? 'udp');
        farEnd.send(this.#wording.sipToSend(line.text, port), port);
      }
    }
  }

  async #expect(
    from: ControlConnection | SipFarEnd,
    who: string,
    recorded: string,
    compare: (live: string | undefined) => void,
  ): Promise<void> {
    this.#waitingFor.set(who, recorded);
    compare(await from.mailbox.take());
    this.#waitingFor.delete(who);
  }

  #compareFrame(recorded: string, live: string | undefined): void {
    if (live === undefined) {
      this.#compare('app', recorded, 'the connection is closed');
      return;
    }
    const { meta, sip } = splitPayload(live);
    const bytes = /\|(?:network|application)\|(\d+)\|/.exec(meta)?.[1];
    if (bytes !== undefined && Number(bytes) !== sip.length)
      this.problems.push(`${bytes} is not the length of\n${sip}`);
    this.#compare('app', withoutMeasures(recorded), withoutMeasures(this.#wording.toRecorded(live, recorded)));
  }

  #compareSip(at: string, recorded: string, live: string | undefined): void {
    this.#compare(at, recorded, this.#wording.toRecorded(live ?? '', recorded));
  }

  #compare(who: string, recorded: string, live: string): void {
    const expected = comparable(recorded);
    const actual = comparable(live);
    if (!this.#exceptions.accept(this.#name, expected, actual))
      this.problems.push(`${who}: ${textDifference(expected, actual)}`);
  }

  #appFrame(text: string): string {
    const payload = payloadOf(text);
    if (!text.startsWith(`${payload.length}#`)) return text;
    const { meta, sip } = splitPayload(this.#wording.toLive(payload));
    const live = sip === '' ? meta : `${meta}\r\n${withContentLength(sip)}`;
    return `${live.length}#${live}`;
  }

  #sipPort(transport: 'udp' | 'tcp'): number {
    return this.#server?.sipAddresses.find((one) => one.transport === transport)?.port ?? 0;
  }

  /** Something was waited for: a timer of seconds, or a message that came again. */
  #needsTime(): boolean {
    const received = this.#sip.filter((line) => line.direction === 'in').map((line) => line.text);
    return hasLongGap(this.#control) || new Set(received).size < received.length;
  }

  /** Time passes whenever nobody has anything to read. */
  async #turnClock(): Promise<void> {
    for (let idle = 0; !this.#isDone; idle += 1) {
      await new Promise(setImmediate);
      if (idle % 4 === 3) this.#clock.advance(CLOCK_STEP_MS);
    }
  }

  /** What the real server did not send, and whatever else is still on its way when a last question has been answered. */
  async #findExtra(): Promise<void> {
    const last = await openControlConnection(this.#server?.controlPort ?? 0);
    this.#connections.set(0, last);
    for (const text of [`1|authenticate|${SECRET}|`, '2|ping']) {
      last.send(`${text.length}#${text}`);
      await last.mailbox.take();
    }
    for (const [number, { mailbox }] of this.#connections) {
      for (const frame of mailbox.unread) this.problems.push(`connection ${number} gets as well\n${frame}`);
    }
    if (this.#needsTime()) return;
    for (const [at, { mailbox }] of this.#farEnds) {
      for (const text of mailbox.unread) this.problems.push(`${at} gets as well\n${text}`);
    }
  }
}

/** A server closes after a mistake of the app; any other end is the app's. */
function isClosedByApp(control: readonly ControlLine[], index: number): boolean {
  const before = control[index - 1];
  if (control[index]?.from === 'app') return true;
  return before?.from === 'drachtio' && !/\|NO\|/.test(before.text ?? '');
}

/** Lengths and times of day; that the lengths are right is checked apart from this. */
function withoutMeasures(payload: string): string {
  return payload
    .replace(/(\|(?:network|application)\|)\d+\|/, '$1N|')
    .replace(/\|\d\d:\d\d:\d\d\.\d{6}\|/, '|TIME|')
    .replace(/\|(v0\.9\.10)[^|]*\|/, '|$1|');
}

/** A frame or a SIP message in the form in which two are compared. */
function comparable(text: string): string {
  if (!text.includes('\r\n')) return text;
  const { meta, sip } = splitPayload(text);
  return meta.includes('|') ? `${meta}\r\n${comparableSip(sip)}` : comparableSip(text);
}

function hasLongGap(control: readonly ControlLine[]): boolean {
  const times = control.flatMap(({ text = '' }) => {
    const [, hours, minutes, seconds] = /\|(\d\d):(\d\d):(\d\d\.\d{6})\|/.exec(text) ?? [];
    return seconds === undefined ? [] : [(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000];
  });
  return times.some((time, index) => time - (times[index - 1] ?? time) > LONG_GAP_MS);
}
