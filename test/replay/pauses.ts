/**
 * Where the app of a transcript took its time: the transcript holds no times, and a command that comes sooner finds another state. Each
 * pause ends with an event, seen over an event socket of its own.
 */
import { connectEventSocket, type EventFields, type EventSocketWire } from './event-socket-wire.js';
import { text } from './freeswitch-script.js';
import type { ControlLine } from './transcript.js';

interface Pause {
  readonly transcript: string;
  /** How the command begins before which the app waited. */
  readonly command: string;
  readonly until: (event: EventFields) => boolean;
}

const PAUSES: readonly Pause[] = [
  {
    transcript: 'the-app-subscribes-unsubscribes-and-leaves',
    command: 'myevents no-such-uuid',
    until: (event) => isPlaying(event, 'greeting.wav'),
  },
  {
    transcript: 'show-channels-and-uuid-dump-with-a-pair-in-talk',
    command: 'api show channels as json',
    until: (event) => text(event, 'Event-Name') === 'CHANNEL_BRIDGE',
  },
];

function isPlaying(event: EventFields, file: string): boolean {
  return text(event, 'Event-Name') === 'PLAYBACK_START' && text(event, 'Playback-File-Path').endsWith(file);
}

export class Pauses {
  readonly #pauses: readonly Pause[];
  readonly #wire: EventSocketWire;

  private constructor(pauses: readonly Pause[], wire: EventSocketWire) {
    this.#pauses = pauses;
    this.#wire = wire;
  }

  /** Undefined for a transcript without pauses. */
  static async open(transcript: string, port: number, password: string): Promise<Pauses | undefined> {
    const pauses = PAUSES.filter((pause) => pause.transcript === transcript);
    if (pauses.length === 0) return undefined;
    const wire = await connectEventSocket(port);
    wire.send(`auth ${password}\n\n`);
    wire.send('event json PLAYBACK_START CHANNEL_BRIDGE\n\n');
    // The request to authenticate and two replies: from here on every frame is an event.
    for (let reply = 0; reply < 3; reply += 1) await wire.mailbox.take();
    return new Pauses(pauses, wire);
  }

  /** Resolves when the app may go on with this line. */
  async before(line: ControlLine): Promise<void> {
    const pause = this.#pauses.find(({ command }) => line.from === 'app' && line.text?.startsWith(command) === true);
    while (pause !== undefined) {
      const frame = await this.#wire.mailbox.take();
      if (frame === undefined || pause.until(frame.event ?? {})) return;
    }
  }

  close(): void {
    this.#wire.close();
  }
}
