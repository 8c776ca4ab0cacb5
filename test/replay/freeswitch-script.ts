/**
 * Reads out of an event-socket transcript what the SIP legs did, of which it shows the effects alone: when each leg was opened and with
 * which treatment, which keys were pressed, and who hung up. So a new transcript needs no script of its own.
 */
import { type EventFields, frameOf } from './event-socket-wire.js';
import type { ControlLine } from './transcript.js';

export interface LegPlan {
  readonly uuid: string;
  /** User part of the request URI. */
  readonly extension: string;
  /** A buyer: the INVITE has no offer, the ACK brings the answer. */
  readonly isThirdParty: boolean;
  /** It never sends the ACK. */
  readonly isUnacknowledged: boolean;
  /** It sends no audio at all. */
  readonly isSilent: boolean;
  readonly userAgent: string;
  /** With the tag. */
  readonly from: string;
  /** Of its SIP, in the transcript. */
  readonly fromPort: number;
  /** Name and value, as the INVITE carried them. */
  readonly headers: readonly (readonly [string, string])[];
}

export type LegAct =
  | { readonly kind: 'open'; readonly leg: LegPlan }
  | { readonly kind: 'press'; readonly uuid: string; readonly digit: string }
  | { readonly kind: 'hang up'; readonly uuid: string };

/** The acts before each line of the transcript; `before` are legs of which it shows no event. */
export function legActs(lines: readonly ControlLine[], before: readonly LegPlan[] = []): Map<number, LegAct[]> {
  const events = lines.map(eventOf);
  const acts = new Map<number, LegAct[]>();
  const add = (index: number, act: LegAct): void => void acts.set(index, [...(acts.get(index) ?? []), act]);
  for (const leg of before) add(0, { kind: 'open', leg });
  for (const [index, leg] of openings(lines, events)) add(index, { kind: 'open', leg });
  events.forEach((event, index) => {
    const uuid = text(event, 'Unique-ID');
    if (text(event, 'Event-Name') === 'DTMF' && text(event, 'DTMF-Source') === 'RTP') {
      add(index, { kind: 'press', uuid, digit: text(event, 'DTMF-Digit') });
    }
    const isEnd = text(event, 'Event-Name') === 'CHANNEL_HANGUP_COMPLETE';
    if (isEnd && text(event, 'variable_sip_hangup_disposition') === 'recv_bye') {
      add(firstEffect(events, index), { kind: 'hang up', uuid });
    }
  });
  return acts;
}

/** The event of a line: of an event frame, of the answer to `uuid_dump ... json`, of the answer to `connect`; undefined for the rest. */
export function eventOf(line: ControlLine): EventFields | undefined {
  if (line.text === undefined || line.from !== 'freeswitch') return undefined;
  return frameOf(line.text).event ?? jsonEventOf(line.text) ?? plainEventOf(line.text);
}

function jsonEventOf(frame: string): EventFields | undefined {
  const body = frame.slice(frame.indexOf('\n\n') + 2);
  return body.startsWith('{"Event-Name"') ? (JSON.parse(body) as EventFields) : undefined;
}

/** `Name: value` lines with values encoded as in a URL, alone or as the body of an answer; undefined when it is none. */
function plainEventOf(frame: string): EventFields | undefined {
  const at = frame.indexOf('Event-Name: ');
  if (at < 0) return undefined;
  const head = frame.slice(at).split('\n\n', 1)[0] ?? '';
  return Object.fromEntries(
    head.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), decoded(line.slice(colon + 2))];
    }),
  );
}

/** Encoded as in a URL; `uuid_dump ... plain` writes values as they are, in brackets. */
function decoded(value: string): string {
  return value
    .replace(/^\[(.*)\]$/s, '$1')
    .replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export function text(event: EventFields | undefined, name: string): string {
  const value = event?.[name];
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}

/** Each leg with the line before which it was opened: a caller before anything that has to do with a leg, the others as they show up. */
function openings(lines: readonly ControlLine[], events: readonly (EventFields | undefined)[]): [number, LegPlan][] {
  const uuids = [...new Set(events.map((event) => text(event, 'Unique-ID')).filter((uuid) => uuid !== ''))];
  const first = (uuid: string): number => lines.findIndex((line) => line.text?.includes(uuid) === true);
  // Without a connection of its own the app has nothing to send before the leg has made one.
  const earliest = lines[0]?.from === 'app' ? 0 : Math.min(...uuids.map(first));
  return uuids
    .map((uuid): [number, LegPlan] => {
      const leg = planOf(
        uuid,
        events.filter((event) => text(event, 'Unique-ID') === uuid),
      );
      return [leg.isThirdParty ? first(uuid) : earliest, leg];
    })
    .sort(([, one], [, other]) => Number(one.isThirdParty) - Number(other.isThirdParty));
}

/** What a leg was like, of all that its events say. */
export function planOf(uuid: string, events: readonly (EventFields | undefined)[]): LegPlan {
  const fields = new Map(events.flatMap((event) => Object.entries(event ?? {})));
  const headers = [...fields.keys()]
    .filter((name) => name.startsWith('variable_sip_h_'))
    .map((name) => [name.slice('variable_sip_h_'.length), String(fields.get(name))] as const);
  const extension = String(fields.get('variable_sip_req_user') ?? '');
  return {
    uuid,
    extension,
    isThirdParty: extension === 'buyer',
    isUnacknowledged: extension === 'buyer' && !events.some((event) => text(event, 'Answer-State') === 'answered'),
    isSilent: events.some((event) => text(event, 'Hangup-Cause') === 'MEDIA_TIMEOUT'),
    userAgent: String(fields.get('variable_sip_user_agent') ?? ''),
    from: String(fields.get('variable_sip_full_from') ?? ''),
    fromPort: Number(fields.get('variable_sip_from_port') ?? 0),
    headers,
  };
}

/** A hangup shows in other events before the leg's last one: of the leg itself, and of the one it was bridged to. */
function firstEffect(events: readonly (EventFields | undefined)[], last: number): number {
  let index = last;
  const isEffect = (event: EventFields | undefined): boolean =>
    text(event, 'Answer-State') === 'hangup' || text(event, 'Event-Name') === 'CHANNEL_UNBRIDGE';
  const isOfAnother = (event: EventFields | undefined): boolean =>
    text(event, 'Unique-ID') !== text(events[last], 'Unique-ID') &&
    text(event, 'variable_sip_hangup_disposition') === 'recv_bye';
  while (index > 0 && isEffect(events[index - 1]) && !isOfAnother(events[index - 1])) index -= 1;
  return index;
}
