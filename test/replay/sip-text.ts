/** A SIP message as text, cut only as far as the replay needs; it shares no code with the stack under test. */

export interface SipText {
  readonly startLine: string;
  /** Whole lines without their ends, in their order. */
  readonly headerLines: readonly string[];
  readonly body: string;
}

export function parseSip(text: string): SipText {
  const end = text.indexOf('\r\n\r\n');
  const [startLine = '', ...headerLines] = (end < 0 ? text : text.slice(0, end)).split('\r\n');
  return { startLine, headerLines, body: end < 0 ? '' : text.slice(end + 4) };
}

export function formatSip(message: SipText): string {
  return `${[message.startLine, ...message.headerLines].join('\r\n')}\r\n\r\n${message.body}`;
}

/** The first header of this name, '' without one. */
export function headerOf(text: string, name: string): string {
  const line = parseSip(text).headerLines.find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? '' : line.slice(line.indexOf(':') + 1).trim();
}

export function isResponse(text: string): boolean {
  return text.startsWith('SIP/2.0 ');
}

/** What tells one message of a call from the others: status or method, Call-ID and CSeq. */
export function identityOf(text: string): string {
  const [first = '', second = ''] = text.split(' ', 2);
  const kind = isResponse(text) ? second : first;
  return `${kind} ${headerOf(text, 'CSeq')} ${headerOf(text, 'Call-ID')}`;
}

/** The same message with a Content-Length that its body has, where it had one. */
export function withContentLength(text: string): string {
  const message = parseSip(text);
  const headerLines = message.headerLines.map((line) =>
    /^content-length:/i.test(line)
      ? `${line.slice(0, line.indexOf(':'))}: ${Buffer.byteLength(message.body, 'latin1')}`
      : line,
  );
  return formatSip({ ...message, headerLines });
}

/** The message with its headers in the order of their names: only among those of one name does their order say anything. */
export function withSortedHeaders(text: string): string {
  const message = parseSip(text);
  const keyOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase();
  const headerLines = [...message.headerLines].sort((one, other) =>
    keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0,
  );
  return formatSip({ ...message, headerLines });
}
