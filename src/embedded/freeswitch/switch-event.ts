/**
 * One FreeSWITCH event: an ordered list of headers and an optional body, and how it is written for `event plain` and
 * `event json`. Created by the event bus, filled by channels, read by event-socket connections. Header values may come
 * from SIP messages of strangers, so nothing here may ever write a value unescaped.
 */

/** The names of switch_event.c that a listener may ask for. */
export const EVENT_NAMES = [
  'CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER CHANNEL_HANGUP',
  'CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_BRIDGE',
  'CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK',
  'CHANNEL_APPLICATION CHANNEL_ORIGINATE CHANNEL_UUID API LOG INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH',
  'UNPUBLISH TALK NOTALK SESSION_CRASH MODULE_LOAD MODULE_UNLOAD DTMF MESSAGE PRESENCE_IN NOTIFY_IN PRESENCE_OUT',
  'PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC BACKGROUND_JOB DETECTED_SPEECH DETECTED_TONE',
  'PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE',
  'PHONE_FEATURE_SUBSCRIBE SEND_MESSAGE RECV_MESSAGE REQUEST_PARAMS CHANNEL_DATA GENERAL COMMAND SESSION_HEARTBEAT',
  'CLIENT_DISCONNECTED SERVER_DISCONNECTED SEND_INFO RECV_INFO RECV_RTCP_MESSAGE SEND_RTCP_MESSAGE CALL_SECURE NAT',
  'RECORD_START RECORD_STOP PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE SOCKET_DATA MEDIA_BUG_START',
  'MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT CALL_DETAIL DEVICE_STATE',
  'TEXT SHUTDOWN_REQUESTED CERT_RELOAD ALL',
].flatMap((line) => line.split(' '));

const KNOWN_NAMES = new Set(EVENT_NAMES);

/** `switch_name_event`: any case, with or without the C prefix `SWITCH_EVENT_`; null when there is no such event. */
export function eventNameOf(word: string): string | null {
  const upper = word.toUpperCase();
  const name = upper.startsWith('SWITCH_EVENT_') ? upper.slice('SWITCH_EVENT_'.length) : upper;
  return KNOWN_NAMES.has(name) ? name : null;
}

/** SWITCH_URL_UNSAFE of switch_utils.h, and everything outside printable ASCII. */
const UNSAFE = new Set([...'\r\n #%&+:;<=>?@[\\]^`{|}"'].map((character) => character.charCodeAt(0)));
const NEEDS_ENCODING = /[^ -~]|[\r\n #%&+:;<=>?@[\\\]^`{|}"]/;
const HEX_PAIR = /^[0-9A-F]{2}$/;

/**
 * `switch_url_encode` without double encoding: a `%` that already begins an upper-case escape is left alone, unless the
 * result could then not be decoded: modesl dies of an escape that hides a byte that is not UTF-8.
 */
export function urlEncode(text: string): string {
  if (!NEEDS_ENCODING.test(text)) return text;
  const encoded = encodeBytes(text, true);
  return isDecodable(encoded) ? encoded : encodeBytes(text, false);
}

function encodeBytes(text: string, keepEscapes: boolean): string {
  const bytes = Buffer.from(text, 'utf8');
  let encoded = '';
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    const isEscape = keepEscapes && byte === 0x25 && HEX_PAIR.test(bytes.toString('latin1', index + 1, index + 3));
    const isPlain = isEscape || (byte >= 0x20 && byte <= 0x7e && !UNSAFE.has(byte));
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function isDecodable(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}

/** Lone surrogates cannot be written as UTF-8; they become U+FFFD, as bytes that are not UTF-8 do on the way in. */
export function wellFormed(text: string): string {
  return text.replaceAll(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

export class SwitchEvent {
  readonly name: string;
  readonly subclass: string | null;
  body: string | null = null;
  /** Keyed by the lower-case name: FreeSWITCH finds headers in any case, and a header added again moves to the end. */
  readonly #headers = new Map<string, readonly [name: string, value: string]>();

  constructor(name: string, subclass: string | null = null) {
    this.name = name;
    this.subclass = subclass;
  }

  /** Adds a header at the end, in place of one of that name. Null and undefined are left out, as a NULL is. */
  add(name: string, value: string | number | null | undefined): this {
    if (value === null || value === undefined) return this;
    const key = name.toLowerCase();
    this.#headers.delete(key);
    this.#headers.set(key, [name, String(value)]);
    return this;
  }

  get(name: string): string | null {
    return this.#headers.get(name.toLowerCase())?.[1] ?? null;
  }

  headers(): IterableIterator<readonly [name: string, value: string]> {
    return this.#headers.values();
  }

  /** `switch_event_serialize`: `Name: url-encoded value`, an empty value as `_undef_`, then the body with its length. */
  toPlain(encode = true): string {
    let text = '';
    for (const [name, value] of this.#headers.values()) {
      const written = encode ? urlEncode(wellFormed(value)) : `[${wellFormed(value)}]`;
      text += `${safeHeaderName(name)}: ${written === '' ? '_undef_' : written}\n`;
    }
    if (this.body === null || this.body === '') return `${text}\n`;
    const body = wellFormed(this.body);
    return `${text}Content-Length: ${Buffer.byteLength(body)}\n\n${body}`;
  }

  /** `switch_event_serialize_json`: one flat object; the body stands under `_body`. */
  toJson(): string {
    const flat: Record<string, string> = Object.create(null);
    for (const [name, value] of this.#headers.values()) flat[name] = wellFormed(value);
    if (this.body !== null) {
      flat['Content-Length'] = String(Buffer.byteLength(wellFormed(this.body)));
      flat._body = wellFormed(this.body);
    }
    return JSON.stringify(flat);
  }
}

/** A header name can hold what a stranger called his SIP header; a line break or colon in it would break the frame. */
function safeHeaderName(name: string): string {
  return /[\r\n:]/.test(name) ? urlEncode(name) : wellFormed(name);
}
