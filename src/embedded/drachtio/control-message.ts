/**
 * What a control client sends: `msgId|type|tokens`, and behind the first line end a SIP message without the rules of the network (no
 * Via, lengths not to be trusted). Parsed as binary text, so that bytes which are not UTF-8 stay what they are.
 */
import { headerKey } from '../sip/sip-header-names.js';
import { type SipHeader, SipHeaders } from '../sip/sip-headers.js';
import { isToken } from '../sip/sip-parser.js';

export interface ControlMessage {
  readonly msgId: string;
  readonly type: string;
  /** All tokens of the first line, `msgId` and `type` included. */
  readonly tokens: readonly string[];
  readonly startLine: string;
  readonly headers: SipHeaders;
  readonly body: Buffer;
}

/** Undefined when there are fewer than two tokens. */
export function parseControlMessage(payload: Buffer): ControlMessage | undefined {
  const end = payload.indexOf('\r\n');
  const leader = payload.toString('latin1', 0, end < 0 ? payload.length : end);
  const tokens = leader.split('|');
  const [msgId, type] = tokens;
  if (msgId === undefined || type === undefined) return undefined;
  const rest = end < 0 ? Buffer.alloc(0) : payload.subarray(end + 2);
  const headEnd = rest.indexOf('\r\n\r\n');
  const head = rest.toString('latin1', 0, headEnd < 0 ? rest.length : headEnd);
  const body = headEnd < 0 ? Buffer.alloc(0) : Buffer.from(rest.subarray(headEnd + 4));
  const [startLine = '', ...lines] = head.split(/[\r\n]+/);
  return { msgId, type, tokens, startLine, headers: new SipHeaders(lines.flatMap(parseLine)), body };
}

/** Lines that are no header are left out, as the real server leaves them out. */
function parseLine(line: string): SipHeader[] {
  const colon = line.indexOf(':');
  const name = colon < 0 ? '' : line.slice(0, colon).trim();
  return isToken(name) ? [{ name, key: headerKey(name), value: line.slice(colon + 1).trim() }] : [];
}

/** Method and Request-URI of a start line; the URI is '' when there is none. */
export function parseRequestLine(startLine: string): { readonly method: string; readonly uri: string } {
  const [method = '', uri = ''] = startLine.split(' ').filter((word) => word !== '');
  return { method, uri };
}

/** Status and reason phrase of `SIP/2.0 200 OK`, undefined when the status is none. */
export function parseStatusLine(startLine: string): { readonly status: number; readonly reason: string } | undefined {
  const match = /^SIP\/2\.0 +([1-6]\d\d)(?: +(.*))?$/s.exec(startLine);
  return match === null ? undefined : { status: Number(match[1]), reason: match[2] ?? '' };
}
