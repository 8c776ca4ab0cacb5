/**
 * The two languages of a replay: the transcript's ports and identifiers, and those of the run. Texts are brought to the transcript's to
 * be compared, and to the run's to be sent.
 */
import { Identifiers } from './identifiers.js';
import { formatSip, headerOf, isResponse, parseSip, withContentLength } from './sip-text.js';

export interface PortPair {
  readonly recorded: number;
  readonly live: number;
}

export class Wording {
  /** Added to as sockets open. */
  readonly ports: PortPair[] = [];
  readonly #identifiers = new Identifiers();
  /** Requests that a far end got, as they came, by Call-ID and CSeq of the transcript: its answers copy their Via. */
  readonly #requests = new Map<string, string>();

  toRecorded(live: string, recorded: string): string {
    return this.#identifiers.toRecorded(this.#withPorts(live, 'live', 'recorded'), recorded);
  }

  toLive(recorded: string): string {
    return this.#withPorts(this.#identifiers.toLive(recorded), 'recorded', 'live');
  }

  /** All at once and whole numbers only: a port of the run may begin as one of the transcript, or be one. */
  #withPorts(text: string, from: keyof PortPair, to: keyof PortPair): string {
    const portOf = (port: string): string =>
      String(this.ports.find((pair) => String(pair[from]) === port)?.[to] ?? port);
    return text.replace(
      /(127\.0\.0\.1[:|]|rport=)(\d+)/g,
      (_all, before: string, port: string) => before + portOf(port),
    );
  }

  /** A SIP message came where the transcript has this one. */
  received(recorded: string, live: string): void {
    if (!isResponse(recorded)) this.#requests.set(requestKey(recorded), live);
  }

  /** What a far end of the transcript sends in this run. `serverPort` is where its requests came from. */
  sipToSend(recorded: string, serverPort: number): string {
    const message = parseSip(withContentLength(this.toLive(recorded.replace(/;rport=\d+/g, ';rport'))));
    if (!isResponse(recorded)) return formatSip(message);
    const asked = headerOf(this.#requests.get(requestKey(recorded)) ?? '', 'Via');
    const isStamped = /;rport=\d/.test(headerOf(recorded, 'Via'));
    const via = isStamped ? asked.replace(';rport', `;rport=${serverPort}`) : asked;
    const headerLines = message.headerLines.map((line) => (/^via:/i.test(line) ? `Via: ${via}` : line));
    return formatSip({ ...message, headerLines });
  }
}

function requestKey(text: string): string {
  return `${headerOf(text, 'Call-ID')} ${headerOf(text, 'CSeq')}`;
}
