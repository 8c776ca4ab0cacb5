/**
 * Makes an offer say what a trunk takes: its codecs in its order, telephone-event or not, and SRTP or RTP. FreeSWITCH makes one offer for
 * all trunks; here the rest is taken out before it goes on, and what was taken out is refused in the answer that goes back.
 */
import type { MediaPolicy } from '../../../domain/trunks/trunk.js';

interface Section {
  readonly lines: readonly string[];
}

interface Description {
  readonly session: readonly string[];
  readonly media: readonly Section[];
}

/** RFC 3551 section 6: payload types that need no rtpmap. */
const STATIC_PAYLOADS: Readonly<Record<string, string>> = { 0: 'PCMU', 8: 'PCMA', 9: 'G722', 18: 'G729' };

export type PolicedOffer =
  | { readonly kind: 'offer'; readonly sdp: string }
  /** Nothing of it is left; says what was missing. */
  | { readonly kind: 'refused'; readonly detail: string };

function parse(sdp: string): Description {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '');
  const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  const media = starts.map((start, place) => ({ lines: lines.slice(start, starts[place + 1] ?? lines.length) }));
  return { session: lines.slice(0, starts[0] ?? lines.length), media };
}

const write = ({ session, media }: Description): string =>
  [...session, ...media.flatMap(({ lines }) => lines), ''].join('\r\n');

const mediaLine = ({ lines }: Section): readonly string[] => (lines[0] ?? '').slice(2).split(' ');

const isAudio = (section: Section): boolean => mediaLine(section)[0] === 'audio' && mediaLine(section)[1] !== '0';

const isSecure = (section: Section): boolean => /^RTP\/SAVPF?$/.test(mediaLine(section)[2] ?? '');

/** Name of the codec of each payload type, in capitals. */
function namesOf(section: Section): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const payload of mediaLine(section).slice(3)) {
    const rtpmap = section.lines.find((line) => line.startsWith(`a=rtpmap:${payload} `));
    const name = rtpmap?.split(' ')[1]?.split('/')[0] ?? STATIC_PAYLOADS[payload] ?? '';
    names.set(payload, name.toUpperCase());
  }
  return names;
}

/** Null when no codec of the policy is in it. Comfort noise goes with what is left (RFC 3389). */
function withPolicy(section: Section, { codecs, dtmf }: MediaPolicy): Section | null {
  const names = namesOf(section);
  const wanted = codecs.map((codec) => codec.toUpperCase());
  const rankOf = (payload: string): number => wanted.indexOf(names.get(payload) ?? '');
  const payloads = [...names.keys()];
  const speech = payloads.filter((payload) => rankOf(payload) !== -1).sort((one, other) => rankOf(one) - rankOf(other));
  if (speech.length === 0) return null;
  const isKept = (name: string): boolean => name === 'CN' || (name === 'TELEPHONE-EVENT' && dtmf === 'rfc4733');
  const kept = [...speech, ...payloads.filter((payload) => isKept(names.get(payload) ?? ''))];
  const [kind = '', port = '', protocol = ''] = mediaLine(section);
  const rest = section.lines.slice(1).filter((line) => {
    const payload = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    return payload === undefined || kept.includes(payload);
  });
  return { lines: [`m=${[kind, port, protocol, ...kept].join(' ')}`, ...rest] };
}

/** For an offer that goes to the trunk: one audio line, secured or not as the trunk has it. */
export function policedOffer(sdp: string, policy: MediaPolicy): PolicedOffer {
  const { session, media } = parse(sdp);
  const isWanted = policy.srtp === 'required' ? isSecure : (section: Section): boolean => !isSecure(section);
  const line = media.filter(isAudio).find(isWanted);
  if (line === undefined) {
    const detail =
      policy.srtp === 'required'
        ? 'the media server offers no SRTP, which the trunk requires: start FreeSWITCH with RINGPOST_FS_SECURE_MEDIA=optional (the embedded switch has none)'
        : 'the media server offers SRTP alone: set RINGPOST_FS_SECURE_MEDIA to forbidden or optional';
    return { kind: 'refused', detail };
  }
  const section = withPolicy(line, policy);
  if (section === null) {
    return { kind: 'refused', detail: `the media server offers none of ${policy.codecs.join(', ')}` };
  }
  return { kind: 'offer', sdp: write({ session, media: [section] }) };
}

/** The trunk's answer to `policedOffer`, as an answer to the whole offer: a line for each line of it (RFC 3264 section 6). */
export function answerToWhole(offer: string, answer: string, policy: MediaPolicy): string {
  const whole = parse(offer);
  if (whole.media.length < 2) return answer;
  const { session, media } = parse(answer);
  const isWanted = policy.srtp === 'required' ? isSecure : (section: Section): boolean => !isSecure(section);
  const taken = whole.media.findIndex((section) => isAudio(section) && isWanted(section));
  const lines = whole.media.map((section, place) =>
    place === taken ? (media[0] ?? refused(section)) : refused(section),
  );
  return write({ session, media: lines });
}

function refused(section: Section): Section {
  const [kind = 'audio', , protocol = 'RTP/AVP', payload = '0'] = mediaLine(section);
  return { lines: [`m=${kind} 0 ${protocol} ${payload}`] };
}

/** For an offer that comes from the trunk: what it may not negotiate is taken out, and every line stays. */
export function acceptableOffer(sdp: string, policy: MediaPolicy): PolicedOffer {
  const { session, media } = parse(sdp);
  let isLeft = false;
  const lines = media.map((section) => {
    if (!isAudio(section)) return section;
    const left = policy.srtp === 'required' && !isSecure(section) ? null : withPolicy(section, policy);
    isLeft ||= left !== null;
    return left ?? refused(section);
  });
  if (isLeft) return { kind: 'offer', sdp: write({ session, media: lines }) };
  const wanted = policy.srtp === 'required' ? `SRTP with ${policy.codecs.join(', ')}` : policy.codecs.join(', ');
  return { kind: 'refused', detail: `the caller's offer has no ${wanted}` };
}

/** Whether a description has audio that is not switched off; T.38 and video alone are nothing that we serve. */
export function hasAudio(sdp: string): boolean {
  return parse(sdp).media.some((section) => mediaLine(section)[0] === 'audio');
}
