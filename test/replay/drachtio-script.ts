/**
 * Makes of a pair of transcripts (control protocol and SIP) the parts that the app and the far ends play, and says for what each line
 * of a far end has to wait: the two transcripts were recorded side by side and hold no common order but that of cause and effect.
 */
import { identityOf, isResponse } from './sip-text.js';
import type { ControlLine, SipLine } from './transcript.js';

export interface SipPart {
  readonly line: SipLine;
  /** So many control lines must have been played before this one is sent. */
  readonly afterControl: number;
}

/** A control frame's payload: its first line and the SIP message below it. */
export interface Payload {
  readonly meta: string;
  readonly sip: string;
}

/** Gives what stands behind `49#`; the text itself when that is not how it begins. */
export function payloadOf(text: string): string {
  return text.replace(/^\d+#/, '');
}

export function splitPayload(payload: string): Payload {
  const end = payload.indexOf('\r\n');
  return end < 0 ? { meta: payload, sip: '' } : { meta: payload.slice(0, end), sip: payload.slice(end + 2) };
}

const FREESWITCH = 'freeswitch';
const FREESWITCH_PORT = '5080';

/** The parts of the far ends, by their names. */
export function sipParts(control: readonly ControlLine[], sip: readonly SipLine[]): Map<string, SipPart[]> {
  const lines = [...sip, ...freeswitchLines(control)];
  const names = new Set(lines.map((line) => line.at));
  return new Map(
    [...names].map((name) => [
      name,
      waits(
        control,
        lines.filter((line) => line.at === name),
      ),
    ]),
  );
}

/** FreeSWITCH's side was not recorded as SIP; what drachtio showed the app of it is what FreeSWITCH sent and got. */
function freeswitchLines(control: readonly ControlLine[]): SipLine[] {
  const lines: SipLine[] = [];
  for (const { from, text } of control) {
    if (from !== 'drachtio' || text === undefined) continue;
    const { meta, sip } = splitPayload(payloadOf(text));
    if (meta.includes('|network|')) {
      if (meta.includes(`|127.0.0.1|${FREESWITCH_PORT}|`)) lines.push({ at: FREESWITCH, direction: 'out', text: sip });
    } else if (meta.includes('Msg sent:')) {
      const isHis = isResponse(sip)
        ? meta.includes(`|127.0.0.1|${FREESWITCH_PORT}|`)
        : (sip.split('\r\n', 1)[0] ?? '').includes(`@127.0.0.1:${FREESWITCH_PORT}`);
      if (isHis) lines.push({ at: FREESWITCH, direction: 'in', text: sip });
    }
  }
  return lines;
}

function waits(control: readonly ControlLine[], lines: readonly SipLine[]): SipPart[] {
  const shown = shownToApp(control, lines);
  const lastShown = shown.findLastIndex((index) => index >= 0);
  return lines.map((line, at) => {
    const index = shown[at] ?? -1;
    if (line.direction === 'in') return { line, afterControl: 0 };
    if (index >= 0) return { line, afterControl: index };
    // A request that the app never saw, after all that it saw: only the order of the two files tells when it was sent.
    const isLate = at > lastShown && !isResponse(line.text) && !line.text.startsWith('ACK ');
    return { line, afterControl: isLate ? control.length : 0 };
  });
}

/** For each line sent by a far end, the control line that shows it to the app; -1 where the app saw nothing of it. */
function shownToApp(control: readonly ControlLine[], lines: readonly SipLine[]): number[] {
  const used = new Set<number>();
  return lines.map((line) => {
    if (line.direction === 'in') return -1;
    const index = control.findIndex(({ from, text = '' }, at) => {
      if (used.has(at) || from !== 'drachtio') return false;
      const { meta, sip } = splitPayload(payloadOf(text));
      return meta.includes('|network|') && identityOf(sip) === identityOf(line.text);
    });
    if (index >= 0) used.add(index);
    return index;
  });
}
