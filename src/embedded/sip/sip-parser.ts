/**
 * Bytes to messages. Every message from the network and from control clients passes here once; what the transaction layer needs
 * (topmost Via, tags, CSeq) is parsed on the way and handed over with the message. It never throws, runs in time linear in the
 * message, and says of a bad request whether RFC 3261 lets us answer it.
 */
import { parseNameAddr } from './name-addr.js';
import { headerKey } from './sip-header-names.js';
import { type SipHeader, SipHeaders } from './sip-headers.js';
import { SipRequest, SipResponse } from './sip-message.js';
import { parseSipUri } from './sip-uri.js';
import { parseVia, type Via } from './via.js';

/** What routing and matching need of a message, parsed once. */
export interface SipEnvelope {
  readonly via: Via;
  /** The topmost Via value as text. */
  readonly viaText: string;
  readonly sipCallId: string;
  /** '' when absent. */
  readonly fromTag: string;
  readonly toTag: string;
  readonly cseqNumber: number;
  readonly cseqMethod: string;
}

export type ParsedMessage =
  | { readonly outcome: 'request'; readonly request: SipRequest; readonly envelope: SipEnvelope }
  | { readonly outcome: 'response'; readonly response: SipResponse; readonly envelope: SipEnvelope }
  /** A request that may be answered with `status` (its topmost Via is readable and it is no ACK). */
  | {
      readonly outcome: 'refuse';
      readonly status: 400 | 505 | 513;
      readonly reason: string;
      readonly request: SipRequest;
    }
  /** Nothing that may be answered. */
  | { readonly outcome: 'drop'; readonly reason: string };

/** More header lines than this are refused. */
const MAX_HEADER_LINES = 500;

export type ParseMode = 'datagram' | 'framed';

/** `framed`: the bytes were cut by Content-Length already, a message without it has no body. */
export function parseSipMessage(bytes: Buffer, mode: ParseMode): ParsedMessage {
  const start = skipLineEnds(bytes);
  const head = splitHead(bytes, start);
  if (head === undefined) return { outcome: 'drop', reason: 'no end of headers' };
  const lineEnd = head.text.indexOf('\r\n');
  const startLine = lineEnd < 0 ? head.text : head.text.slice(0, lineEnd);
  const headers = parseHeaderLines(head.text, lineEnd < 0 ? head.text.length : lineEnd + 2);
  if (startLine.slice(0, 4).toUpperCase() === 'SIP/')
    return parseResponse(startLine, headers, bytes, head.bodyAt, mode);
  return parseRequest(startLine, headers, bytes, head.bodyAt, mode);
}

function skipLineEnds(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 0x0d || bytes[at] === 0x0a)) at += 1;
  return at;
}

/** The header section as binary text with CRLF line ends only. Bare CR or LF count as line ends, as the usual stacks take them. */
function splitHead(bytes: Buffer, start: number): { text: string; bodyAt: number } | undefined {
  let end = bytes.indexOf('\r\n\r\n', start);
  let bodyAt = end + 4;
  if (end < 0) {
    end = bytes.indexOf('\n\n', start);
    bodyAt = end + 2;
  }
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', start, end);
  return { text: hasBareLineEnd(text) ? text.replace(/\r\n|\r|\n/g, '\r\n') : text, bodyAt };
}

function hasBareLineEnd(text: string): boolean {
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
    if (text.charCodeAt(at - 1) !== 0x0d) return true;
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1))
    if (text.charCodeAt(at + 1) !== 0x0a) return true;
  return false;
}

/** Undefined when there are too many. Lines that are no header (no colon, a name that is no token) are left out (section 8.2). */
function parseHeaderLines(text: string, from: number): SipHeaders | undefined {
  const entries: SipHeader[] = [];
  let at = from;
  while (at < text.length) {
    if (entries.length >= MAX_HEADER_LINES) return undefined;
    let end = text.indexOf('\r\n', at);
    if (end < 0) end = text.length;
    let line = text.slice(at, end);
    at = end + 2;
    // Section 7.3.1: a line that begins with a blank continues the one before.
    if (isBlank(text.charCodeAt(at)) && at < text.length) {
      const parts = [line];
      while (at < text.length && isBlank(text.charCodeAt(at))) {
        end = text.indexOf('\r\n', at);
        if (end < 0) end = text.length;
        parts.push(text.slice(at, end).trim());
        at = end + 2;
      }
      line = parts.join(' ');
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? '' : line.slice(0, colon).trimEnd();
    if (isToken(name)) entries.push({ name, key: headerKey(name), value: line.slice(colon + 1).trim() });
  }
  return new SipHeaders(entries);
}

function isBlank(char: number): boolean {
  return char === 0x20 || char === 0x09;
}

/** RFC 3261 section 25.1 `token`. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    const isAlphanumeric = (char >= 0x30 && char <= 0x39) || ((char | 0x20) >= 0x61 && (char | 0x20) <= 0x7a);
    if (!isAlphanumeric && !"-.!%*_+`'~".includes(text.charAt(at))) return false;
  }
  return text !== '';
}

function parseRequest(
  startLine: string,
  headers: SipHeaders | undefined,
  bytes: Buffer,
  bodyAt: number,
  mode: ParseMode,
): ParsedMessage {
  const firstBlank = startLine.indexOf(' ');
  const lastBlank = startLine.lastIndexOf(' ');
  const method = startLine.slice(0, Math.max(firstBlank, 0));
  if (headers === undefined || !isToken(method)) return { outcome: 'drop', reason: 'not SIP' };
  const version = startLine.slice(lastBlank + 1);
  const body = bodyOf(headers, bytes, bodyAt, mode);
  const uri = startLine.slice(firstBlank + 1, Math.max(lastBlank, firstBlank + 1));
  const request = new SipRequest(method, uri, headers, body.bytes, bytes);
  const refuse = (reason: string, status: 400 | 505 = 400): ParsedMessage =>
    method === 'ACK' || parseVia(headers.list('Via')[0] ?? '') === undefined
      ? { outcome: 'drop', reason }
      : { outcome: 'refuse', status, reason, request };
  if (version.toUpperCase() !== 'SIP/2.0') {
    return /^SIP\/\d+\.\d+$/i.test(version) ? refuse('version not supported', 505) : refuse('no SIP version');
  }
  if (!isRequestUri(uri)) return refuse('bad Request-URI');
  if (body.fault !== undefined) return refuse(body.fault);
  const envelope = parseEnvelope(headers);
  if (typeof envelope === 'string') return refuse(envelope);
  if (envelope.cseqMethod !== method) return refuse('CSeq method is not the method of the request');
  const fault = requestFault(headers) ?? identityFault(headers);
  return fault === undefined ? { outcome: 'request', request, envelope } : refuse(fault);
}

function parseResponse(
  startLine: string,
  headers: SipHeaders | undefined,
  bytes: Buffer,
  bodyAt: number,
  mode: ParseMode,
): ParsedMessage {
  const drop = (reason: string): ParsedMessage => ({ outcome: 'drop', reason });
  if (startLine.slice(0, 8).toUpperCase() !== 'SIP/2.0 ') return drop('version not supported');
  const code = startLine.slice(8, 11);
  const status = Number(code);
  if (!/^[1-6]\d\d$/.test(code) || (startLine.length > 11 && startLine[11] !== ' ')) return drop('bad status line');
  if (headers === undefined) return drop('too many header lines');
  const envelope = parseEnvelope(headers);
  if (typeof envelope === 'string') return drop(envelope);
  const body = bodyOf(headers, bytes, bodyAt, mode);
  if (body.fault !== undefined) return drop(body.fault);
  return {
    outcome: 'response',
    response: new SipResponse(status, startLine.slice(12), headers, body.bytes, bytes),
    envelope,
  };
}

/**
 * RFC 3325 section 9.1 lets these headers have no parameters behind the bracket, where some carriers put `verstat`; the real drachtio
 * answers them 400 as well.
 */
function identityFault(headers: SipHeaders): string | undefined {
  const values = ['P-Asserted-Identity', 'P-Preferred-Identity'].flatMap((name) => headers.list(name));
  return values.some((value) => /<[^<>]*>\s*;[^<>"]*$/.test(value))
    ? 'parameters behind an asserted identity'
    : undefined;
}

/** A URI in angle brackets or with blanks is refused (RFC 4475 sections 3.1.2.7 and 3.1.2.8), and a SIP URI must be one. */
function isRequestUri(uri: string): boolean {
  if (uri === '' || uri.includes(' ') || uri.includes('\t') || uri.startsWith('<')) return false;
  if (/^sips?:/i.test(uri)) return parseSipUri(uri) !== undefined;
  return parseNameAddr(`<${uri}>`) !== undefined;
}

/** Section 18.3: beyond the datagram's end is an error, short of it the rest is discarded. */
function bodyOf(
  headers: SipHeaders,
  bytes: Buffer,
  bodyAt: number,
  mode: ParseMode,
): { bytes: Buffer; fault?: string } {
  const available = bytes.subarray(bodyAt);
  const lengths = headers.getAll('Content-Length');
  const text = lengths[0];
  if (text === undefined) {
    return mode === 'datagram' ? { bytes: available } : { bytes: available.subarray(0, 0), fault: 'no Content-Length' };
  }
  if (lengths.some((other) => other !== text)) return { bytes: available, fault: 'several Content-Lengths' };
  const length = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (length < 0) return { bytes: available, fault: 'bad Content-Length' };
  if (length > available.length) return { bytes: available, fault: 'shorter than its Content-Length' };
  return { bytes: available.subarray(0, length) };
}

/** The envelope, or the sentence that says what is wrong with it (section 8.1.1: the header fields that every message has). */
function parseEnvelope(headers: SipHeaders): SipEnvelope | string {
  const viaText = headers.list('Via')[0];
  const via = viaText === undefined ? undefined : parseVia(viaText);
  if (viaText === undefined || via === undefined) return 'no Via that can be read';
  for (const name of ['From', 'To', 'Call-ID', 'CSeq'] as const) {
    const count = headers.getAll(name).length;
    if (count !== 1) return count === 0 ? `no ${name}` : `several ${name}s`;
  }
  const from = parseNameAddr(headers.get('From') ?? '');
  if (from === undefined) return 'bad From';
  const to = parseNameAddr(headers.get('To') ?? '');
  if (to === undefined) return 'bad To';
  const sipCallId = headers.get('Call-ID') ?? '';
  if (sipCallId === '') return 'no Call-ID';
  const cseq = /^(\d{1,10})[ \t]+([^ \t]+)$/.exec(headers.get('CSeq') ?? '');
  const cseqNumber = Number(cseq?.[1]);
  // Section 8.1.1.5: the number must be less than 2^31.
  if (cseq === null || !(cseqNumber < 2 ** 31)) return 'bad CSeq';
  return {
    via,
    viaText,
    sipCallId,
    fromTag: from.params.get('tag') ?? '',
    toTag: to.params.get('tag') ?? '',
    cseqNumber,
    cseqMethod: cseq[2] ?? '',
  };
}

/** Faults in other header fields that make a request refusable; undefined when there are none. */
function requestFault(headers: SipHeaders): string | undefined {
  const forwards = headers.getAll('Max-Forwards');
  if (forwards.length > 1) return 'several Max-Forwards';
  if (forwards[0] !== undefined && !(/^\d{1,10}$/.test(forwards[0]) && Number(forwards[0]) <= 255))
    return 'bad Max-Forwards';
  const contact = headers.get('Contact');
  if (contact === undefined || contact === '*') return undefined;
  const first = headers.list('Contact')[0];
  return first === undefined || parseNameAddr(first) === undefined ? 'bad Contact' : undefined;
}
