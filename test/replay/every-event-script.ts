/**
 * Makes a script of `every-event-of-a-whole-call-...`, which holds the events alone: the app's commands of that call are put where their
 * effects begin, and the legs are those of a transcript with the same treatment.
 */
import type { LegAct } from './freeswitch-script.js';
import { planFrom } from './legs-before.js';
import { type ControlLine, readEventHeaders } from './transcript.js';

export const EVERY_EVENT = 'every-event-of-a-whole-call-with-its-main-headers';
const SAME_TREATMENT = 'the-caller-hangs-up-in-talk';
const RECORDING = '/var/lib/ringpost/rec/call-3.wav';

interface Script {
  readonly lines: readonly ControlLine[];
  readonly acts: ReadonlyMap<number, readonly LegAct[]>;
}

export function everyEventScript(): Script {
  const events = readEventHeaders(EVERY_EVENT);
  const lines: ControlLine[] = [];
  const acts = new Map<number, LegAct[]>();
  const act = (one: LegAct): void => void acts.set(lines.length, [...(acts.get(lines.length) ?? []), one]);
  const exchange = (command: string, reply: string): void => {
    lines.push({ from: 'app', text: `${command}\n\n` }, { from: 'freeswitch', text: reply });
  };
  const api = (command: string, body: string): void =>
    exchange(`api ${command}`, `Content-Type: api/response\nContent-Length: ${body.length}\n\n${body}`);
  const caller = planFrom(SAME_TREATMENT, '00a1');
  const buyer = planFrom(SAME_TREATMENT, '00b1');
  lines.push({ from: 'freeswitch', text: 'Content-Type: auth/request\n\n' });
  exchange('auth event-socket-password', 'Content-Type: command/reply\nReply-Text: +OK accepted\n\n');
  exchange(subscription(events), 'Content-Type: command/reply\nReply-Text: +OK event listener enabled json\n\n');
  for (const [index, event] of events.entries()) {
    const isBuyers = event['Unique-ID'] === buyer.uuid;
    const isFirst = events.findIndex((one) => one['Unique-ID'] === event['Unique-ID']) === index;
    if (isFirst) act({ kind: 'open', leg: isBuyers ? buyer : caller });
    if (isHoldMusic(events[index - 1])) {
      api(`uuid_setvar ${caller.uuid} transfer_after_bridge ending:XML:ringpost`, '+OK\n');
      api(`uuid_bridge ${caller.uuid} ${buyer.uuid}`, `+OK ${buyer.uuid}\n`);
    }
    if (event['Event-Name'] === 'RECORD_START') api(`uuid_record ${caller.uuid} start ${RECORDING}`, '+OK Success\n');
    if (event['Event-Name'] === 'RECORD_STOP') api(`uuid_record ${caller.uuid} stop ${RECORDING}`, '+OK Success\n');
    if (event['Event-Name'] === 'DTMF') act({ kind: 'press', uuid: caller.uuid, digit: event['DTMF-Digit'] ?? '' });
    if (event['Event-Name'] === 'CHANNEL_HANGUP' && isBuyers) act({ kind: 'hang up', uuid: buyer.uuid });
    const body = JSON.stringify(event);
    lines.push({
      from: 'freeswitch',
      text: `Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`,
    });
  }
  return { lines, acts };
}

/** The app bridges as soon as the hold music has begun. */
function isHoldMusic(event: Readonly<Record<string, string>> | undefined): boolean {
  return event?.['Event-Name'] === 'PLAYBACK_START' && event['Playback-File-Path']?.endsWith('/music.wav') === true;
}

function subscription(events: readonly Readonly<Record<string, string>>[]): string {
  const names = new Set(events.map((event) => event['Event-Name'] ?? '').filter((name) => name !== 'CUSTOM'));
  const subclasses = new Set(events.map((event) => event['Event-Subclass'] ?? '').filter((name) => name !== ''));
  return `event json ${[...names].join(' ')} CUSTOM ${[...subclasses].join(' ')}`;
}
