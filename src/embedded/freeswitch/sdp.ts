/**
 * Session descriptions (RFC 4566) as far as this switch needs them: one audio stream of G.711 with telephone-events, offer and
 * answer by RFC 3264. Reads what strangers write, so it bounds everything and never throws; other streams are refused.
 */
import type { G711PayloadType, RemoteMedia } from '../media/media-port.js';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

interface MediaLine {
  readonly kind: string;
  readonly port: number;
  readonly transport: string;
  readonly formats: readonly string[];
  readonly address: string | null;
  readonly attributes: readonly string[];
}

/** What a description of the peer asks for, once a common codec was found. */
export interface RemoteDescription {
  readonly address: string;
  readonly port: number;
  readonly payloadType: G711PayloadType;
  readonly telephoneEventPayloadType: number | null;
  readonly ptimeMs: number;
  /** As the peer wrote it. */
  readonly direction: Direction;
  /** The streams of the offer in order; `audio` is the accepted one. An answer has the same number of them. */
  readonly streams: readonly ('audio' | string)[];
}

const MAX_SDP_LENGTH = 65_536;
const MAX_STREAMS = 32;
/** Packet times that the media engine sends; others become 20 ms. */
const PTIMES_MS = new Set([10, 20, 30, 40, 60]);

/** Null: no audio stream, or no codec of ours in it. */
export function parseDescription(text: string): RemoteDescription | null {
  if (text.length > MAX_SDP_LENGTH) return null;
  const session = parseLines(text);
  const audio = session.media.find((line) => isUsableAudio(line));
  if (audio === undefined) return null;
  const payloadType = audio.formats.map(Number).find(isG711);
  if (payloadType === undefined) return null;
  const address = audio.address ?? session.address;
  if (address === null) return null;
  return {
    address,
    port: audio.port,
    payloadType,
    telephoneEventPayloadType: telephoneEventOf(audio),
    ptimeMs: ptimeOf([...audio.attributes, ...session.attributes]),
    direction: directionOf(audio.attributes) ?? directionOf(session.attributes) ?? 'sendrecv',
    streams: session.media.map((line) =>
      line === audio ? 'audio' : `${token(line.kind)} 0 ${token(line.transport)} ${token(line.formats[0] ?? '0')}`,
    ),
  };
}

/** What comes from the peer and goes back to him holds no characters of its own making. */
function token(text: string): string {
  return /^[\w./+-]{1,64}$/.test(text) ? text : 'x';
}

function isG711(value: number): value is G711PayloadType {
  return value === 0 || value === 8;
}

/** A dynamic payload type may be named PCMU too; what counts here are the static ones of RFC 3551, unless renamed. */
function isUsableAudio(line: MediaLine): boolean {
  if (line.kind !== 'audio' || line.port === 0 || line.transport.toUpperCase() !== 'RTP/AVP') return false;
  return line.formats.map(Number).some((format) => isG711(format) && !isRenamed(line, format));
}

function isRenamed(line: MediaLine, format: G711PayloadType): boolean {
  const map = line.attributes.find((attribute) => attribute.startsWith(`rtpmap:${format} `));
  const wanted = format === 0 ? 'pcmu/8000' : 'pcma/8000';
  return map !== undefined && !map.slice(`rtpmap:${format} `.length).toLowerCase().startsWith(wanted);
}

function telephoneEventOf(line: MediaLine): number | null {
  for (const attribute of line.attributes) {
    const match = /^rtpmap:(\d{1,3})\s+telephone-event\/8000/i.exec(attribute);
    const payloadType = Number(match?.[1] ?? Number.NaN);
    if (payloadType >= 96 && payloadType <= 127 && line.formats.includes(String(payloadType))) return payloadType;
  }
  return null;
}

function ptimeOf(attributes: readonly string[]): number {
  for (const attribute of attributes) {
    const value = Number(/^ptime:\s*(\d{1,3})/.exec(attribute)?.[1] ?? Number.NaN);
    if (PTIMES_MS.has(value)) return value;
  }
  return 20;
}

function directionOf(attributes: readonly string[]): Direction | null {
  for (const attribute of attributes) {
    if (attribute === 'sendrecv' || attribute === 'sendonly' || attribute === 'recvonly' || attribute === 'inactive') {
      return attribute;
    }
  }
  return null;
}

interface SessionLines {
  readonly address: string | null;
  readonly attributes: readonly string[];
  readonly media: readonly MediaLine[];
}

interface OpenMediaLine {
  kind: string;
  port: number;
  transport: string;
  formats: string[];
  address: string | null;
  attributes: string[];
}

function parseLines(text: string): SessionLines {
  let address: string | null = null;
  const attributes: string[] = [];
  const media: OpenMediaLine[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const value = line.slice(2).trim();
    const current = media.at(-1);
    if (line.startsWith('m=')) {
      if (media.length >= MAX_STREAMS) break;
      media.push(parseMediaLine(value));
    } else if (line.startsWith('c=')) {
      const found = /^IN\s+IP[46]\s+([0-9a-fA-F.:]{1,64})/.exec(value)?.[1] ?? null;
      if (current === undefined) address = found;
      else current.address = found;
    } else if (line.startsWith('a=')) (current?.attributes ?? attributes).push(value);
  }
  return { address, attributes, media };
}

function parseMediaLine(value: string): OpenMediaLine {
  const [kind = '', port = '0', transport = '', ...formats] = value.split(/\s+/);
  const number = Number.parseInt(port, 10);
  const isPort = number > 0 && number < 65_536;
  return { kind, port: isPort ? number : 0, transport, formats: formats.slice(0, 64), address: null, attributes: [] };
}

export interface LocalMedia {
  readonly address: string;
  readonly port: number;
  readonly sessionId: number;
  readonly version: number;
  readonly direction: Direction;
}

function head(local: LocalMedia): string[] {
  return [
    'v=0',
    `o=FreeSWITCH ${local.sessionId} ${local.version} IN IP4 ${local.address}`,
    's=FreeSWITCH',
    `c=IN IP4 ${local.address}`,
    't=0 0',
  ];
}

const CODEC_NAMES: Readonly<Record<G711PayloadType, string>> = { 0: 'PCMU', 8: 'PCMA' };

export function codecName(payloadType: G711PayloadType): string {
  return CODEC_NAMES[payloadType];
}

const OFFERED_TELEPHONE_EVENT = 101;

/** Our offer in a 200 to an INVITE without one. */
export function writeOffer(local: LocalMedia): string {
  const lines = [
    ...head(local),
    `m=audio ${local.port} RTP/AVP 0 8 ${OFFERED_TELEPHONE_EVENT}`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    `a=rtpmap:${OFFERED_TELEPHONE_EVENT} telephone-event/8000`,
    `a=fmtp:${OFFERED_TELEPHONE_EVENT} 0-15`,
    ...(local.direction === 'sendrecv' ? [] : [`a=${local.direction}`]),
    'a=silenceSupp:off - - - -',
    'a=ptime:20',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

export function writeAnswer(local: LocalMedia, remote: RemoteDescription): string {
  const lines = head(local);
  const event = remote.telephoneEventPayloadType;
  for (const stream of remote.streams) {
    if (stream !== 'audio') {
      lines.push(`m=${stream}`);
      continue;
    }
    lines.push(`m=audio ${local.port} RTP/AVP ${remote.payloadType}${event === null ? '' : ` ${event}`}`);
    lines.push(`a=rtpmap:${remote.payloadType} ${codecName(remote.payloadType)}/8000`);
    if (event !== null) lines.push(`a=rtpmap:${event} telephone-event/8000`, `a=fmtp:${event} 0-15`);
    if (local.direction !== 'sendrecv') lines.push(`a=${local.direction}`);
    lines.push('a=silenceSupp:off - - - -', `a=ptime:${remote.ptimeMs}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** RFC 3264 section 6.1: what we may answer to a direction. */
export function answerDirection(offered: Direction): Direction {
  if (offered === 'sendonly') return 'recvonly';
  return offered === 'recvonly' ? 'sendonly' : offered;
}

/**
 * For the media engine. With `disable-hold` nothing but the direction changes: who is on hold may still send music. An address
 * of 0.0.0.0 is the hold of RFC 2543: nothing is sent there.
 */
export function toRemoteMedia(remote: RemoteDescription, isAnswer: boolean): RemoteMedia {
  const isNowhere = remote.address === '0.0.0.0';
  const { address, port, payloadType, telephoneEventPayloadType, ptimeMs, direction } = remote;
  return {
    address,
    port,
    payloadType,
    telephoneEventPayloadType,
    ptimeMs,
    // The peer sends events with the number that our offer named.
    ...(isAnswer ? { receiveTelephoneEventPayloadType: OFFERED_TELEPHONE_EVENT } : {}),
    send: !isNowhere && (direction === 'sendrecv' || direction === 'recvonly'),
    receive: direction !== 'recvonly' && direction !== 'inactive',
  };
}
