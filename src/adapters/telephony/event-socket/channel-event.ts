/** An event of FreeSWITCH as it comes over the socket: a flat JSON object whose values are hostile text. */
export class ChannelEvent {
  readonly name: string;
  readonly channelId: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
    const subclass = this.field('Event-Subclass');
    // A CUSTOM event is known by its subclass, such as `ringpost::greeted`.
    this.name = subclass === '' ? this.field('Event-Name') : subclass;
    this.channelId = this.field('Unique-ID');
  }

  /** Empty when it is not there or is not text. */
  field(name: string): string {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : '';
  }

  /** NaN when it is not a number. */
  number(name: string): number {
    const text = this.field(name);
    return text === '' ? Number.NaN : Number(text);
  }
}

/** What a channel is told when the event socket is back and its events may have been missed. */
export const LINK_REGAINED = new ChannelEvent({ 'Event-Name': 'RINGPOST_LINK_REGAINED' });

/**
 * What a channel is told at each ping that is answered. FreeSWITCH drops events for a client that reads too slowly, so whoever has waited since
 * the ping before asks for what should have come.
 */
export const LINK_CHECKED = new ChannelEvent({ 'Event-Name': 'RINGPOST_LINK_CHECKED' });

/** Null for what is not a JSON object. */
export function readChannelEvent(json: string): ChannelEvent | null {
  try {
    const value: unknown = JSON.parse(json);
    return isFields(value) ? new ChannelEvent(value) : null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
