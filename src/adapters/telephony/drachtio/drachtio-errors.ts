/** What can go wrong on the control link to drachtio, in classes that the callers tell apart. */
export class DrachtioLinkDownError extends Error {
  override readonly name = 'DrachtioLinkDownError';
  constructor() {
    super('the control link to drachtio is down');
  }
}

/** drachtio cuts or wedges on messages that come near the 12,228 bytes of its receive ring, so they are refused well before. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError';
  constructor(bytes: number) {
    super(`a SIP message of ${bytes} bytes is over the limit of ${MAX_MESSAGE_BYTES}`);
  }
}

/** drachtio-srf opens a lost TLS link again without TLS, and with the shared secret on it. */
export class PlainTextReconnectError extends Error {
  override readonly name = 'PlainTextReconnectError';
  constructor() {
    super(
      'the control link to drachtio cannot use TLS: after a loss it would come back in plain text. Use loopback, a private network or a tunnel.',
    );
  }
}

export const MAX_MESSAGE_BYTES = 4_000;

/** Request line, Via, tags and framing that drachtio-srf and drachtio add to what we give them. */
const OVERHEAD_BYTES = 400;

/** The Authorization header with which drachtio-srf sends a request again after a challenge. */
const CREDENTIALS_BYTES = 600;

/** Throws MessageTooLargeError; sizes are those of the control protocol, in bytes. */
export function refuseTooLarge(
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  hasCredentials = false,
): void {
  let bytes =
    OVERHEAD_BYTES + (hasCredentials ? CREDENTIALS_BYTES : 0) + (body === undefined ? 0 : Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  if (bytes > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(bytes);
}
