/**
 * A SIP request or response in memory: start line, headers, raw body. Made by the parser for what arrives and by the user
 * agents for what leaves. All header text is binary (one character, one byte); the body is never decoded here.
 */
import { SipHeaders } from './sip-headers.js';
import { reasonPhrase } from './sip-status.js';

const NO_BODY = Buffer.alloc(0);

export class SipRequest {
  readonly kind = 'request';
  method: string;
  /** The Request-URI as text. */
  uri: string;
  readonly headers: SipHeaders;
  body: Buffer;
  /** The bytes as received, when it was received. */
  readonly raw: Buffer | undefined;
  /** Where it has to go when neither the topmost Route nor the Request-URI says so (a strict router, RFC 3261 section 12.2.1.1). */
  nextHopUri: string | undefined;

  constructor(method: string, uri: string, headers = new SipHeaders(), body: Buffer = NO_BODY, raw?: Buffer) {
    this.method = method;
    this.uri = uri;
    this.headers = headers;
    this.body = body;
    this.raw = raw;
  }

  setBody(contentType: string, body: Buffer | string): this {
    return setBody(this, contentType, body);
  }

  clone(): SipRequest {
    const copy = new SipRequest(this.method, this.uri, this.headers.clone(), this.body);
    copy.nextHopUri = this.nextHopUri;
    return copy;
  }

  toBuffer(): Buffer {
    return serialise(`${this.method} ${this.uri} SIP/2.0`, this.headers, this.body);
  }
}

export class SipResponse {
  readonly kind = 'response';
  status: number;
  reason: string;
  readonly headers: SipHeaders;
  body: Buffer;
  readonly raw: Buffer | undefined;

  constructor(
    status: number,
    reason = reasonPhrase(status),
    headers = new SipHeaders(),
    body: Buffer = NO_BODY,
    raw?: Buffer,
  ) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
    this.body = body;
    this.raw = raw;
  }

  setBody(contentType: string, body: Buffer | string): this {
    return setBody(this, contentType, body);
  }

  toBuffer(): Buffer {
    return serialise(`SIP/2.0 ${this.status} ${this.reason}`, this.headers, this.body);
  }
}

export type SipMessage = SipRequest | SipResponse;

function setBody<Message extends SipMessage>(message: Message, contentType: string, body: Buffer | string): Message {
  message.body = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  message.headers.set('Content-Type', contentType);
  return message;
}

/** Content-Length is always written last and always true, whatever the program set (RFC 3261 section 20.14). */
function serialise(startLine: string, headers: SipHeaders, body: Buffer): Buffer {
  const head = `${startLine}\r\n${headers.format()}Content-Length: ${body.length}\r\n\r\n`;
  if (body.length === 0) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, 'latin1');
  body.copy(bytes, head.length);
  return bytes;
}
