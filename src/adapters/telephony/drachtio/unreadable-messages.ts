/**
 * Messages that drachtio-srf cannot parse. It would print them, which lets a stranger write into our output, and leave an INVITE
 * without an answer for 64 s. control-stream.ts asks here before it hands a message on.
 */

/** A header line of drachtio-srf's parser: a name without spaces and a colon; folded lines belong to the one before (RFC 3261 section 7.3.1). */
const BROKEN_HEADER = /\r\n(?![ \t]|\S*?\s*:)/;
const START_LINE = /^(?:SIP\/\d+\.\d+\s+\d+|[\w\-.!%*_+`'~]+\s[^\s]+\sSIP\s*\/\s*\d+\.\d+)/;

export interface UnreadableMessage {
  readonly transactionId: string;
  readonly sourceAddress: string;
  /** Only an INVITE outside of a dialog waits for us alone. */
  readonly isNewInvite: boolean;
}

/** The head line of what drachtio passes on (`id|sip|network|bytes|proto|address|port|time|transaction|dialog...`). */
function headOf(message: string): readonly string[] {
  const end = message.indexOf('\r');
  return (end < 0 ? message : message.slice(0, end)).split('|');
}

/** An INVITE outside of a dialog: its head names no dialog, but where it was received. */
export function readNewInvite(message: string): Omit<UnreadableMessage, 'isNewInvite'> | null {
  const head = headOf(message);
  const [, type, source, , , sourceAddress = '', , , transactionId = '', dialogOrAddress = ''] = head;
  const isNew = head.length > 11 && !dialogOrAddress.includes(';');
  if (type !== 'sip' || source !== 'network' || !isNew || transactionId === '') return null;
  return /^[^\r]*\r\nINVITE\s/.test(message) ? { transactionId, sourceAddress } : null;
}

/** Null for what can be parsed, and for what is no SIP message at all. */
export function findUnreadable(message: string): UnreadableMessage | null {
  const start = message.indexOf('\r\n') + 2;
  const head = headOf(message);
  if (head[1] !== 'sip' || start < 2) return null;
  const bodyAt = message.indexOf('\r\n\r\n', start);
  const text = message.slice(start, bodyAt < 0 ? undefined : bodyAt);
  if (START_LINE.test(text) && !BROKEN_HEADER.test(text)) return null;
  const invite = readNewInvite(message);
  if (invite !== null) return { ...invite, isNewInvite: true };
  return { transactionId: head[8] ?? '', sourceAddress: head[5] ?? '', isNewInvite: false };
}

/** As invite-facts.ts has it for what can be parsed: drachtio 0.9.10 dies of an answer to an INVITE whose Contact has no host. */
export function hasAnswerableContact(message: string): boolean {
  const contacts = message.match(/\r\n(?:contact|m)\s*:[^\r\n]*/gi) ?? [];
  return contacts.every((line) => /sips?:(?:[^@>\s]*@)?[^@\s;?:>]/i.test(line));
}

/** A refusal in drachtio's own words: it fills in the headers that belong to the transaction. */
export function refusalOf(transactionId: string, status: 400 | 503): string {
  const answer = status === 400 ? '400 Bad Request' : '503 Service Unavailable\r\nRetry-After: 2';
  return `sip|${transactionId}|\r\nSIP/2.0 ${answer}\r\n\r\n`;
}
