/**
 * What one event-socket connection wants to hear: event names, CUSTOM subclasses, filters, format. Follows parse_command() and
 * event_handler() of mod_event_socket.c. Changed by the commands of the connection, asked for every event.
 */
import { eventNameOf, type SwitchEvent } from './switch-event.js';

export type EventFormat = 'plain' | 'json' | 'xml';

interface Filter {
  readonly header: string;
  readonly value: string;
}

/** What `myevents` turns on. */
const MY_EVENTS = [
  'CHANNEL_ANSWER CHANNEL_APPLICATION CHANNEL_BRIDGE CHANNEL_CREATE CHANNEL_DATA CHANNEL_DESTROY CHANNEL_EXECUTE',
  'CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_ORIGINATE CHANNEL_UUID CHANNEL_OUTGOING',
  'CHANNEL_PARK CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_STATE CHANNEL_UNBRIDGE CHANNEL_UNPARK',
  'DETECTED_SPEECH DTMF NOTALK TALK',
].flatMap((line) => line.split(' '));

/** A client cannot make us hold more than this of its wishes. */
const MAX_WISHES = 10_000;

export class EventSubscription {
  format: EventFormat = 'plain';
  /** The channel whose events alone are wanted, after `myevents`. */
  myUuid: string | null = null;
  /** `myevents` was said. */
  isMine = false;
  isOn = false;
  /** `log` was asked for. */
  isLogging = false;
  readonly #names = new Set<string>();
  readonly #subclasses = new Set<string>();
  #filters: Filter[] = [];

  /** `event json NAME NAME CUSTOM subclass`; false: no known name among the words. */
  add(words: readonly string[]): boolean {
    const { names, subclasses } = this.#parse(words, true);
    if (names.length === 0) return false;
    for (const name of names) this.#names.add(name);
    for (const subclass of subclasses) {
      if (this.#subclasses.size < MAX_WISHES) this.#subclasses.add(subclass);
    }
    this.isOn = true;
    return true;
  }

  /** `nixevent`; false: no known name. */
  remove(words: readonly string[]): boolean {
    const { names, subclasses } = this.#parse(words, false);
    if (names.length === 0) return false;
    for (const subclass of subclasses) this.#subclasses.delete(subclass);
    for (const name of names) {
      if (name === 'ALL') this.#names.clear();
      else if (name !== 'CUSTOM') this.#names.delete(name);
    }
    this.isOn = true;
    return true;
  }

  /** `noevents`; false: nothing was on. */
  clear(): boolean {
    if (!this.isOn) return false;
    this.isOn = false;
    this.#names.clear();
    this.#subclasses.clear();
    return true;
  }

  addMyEvents(uuid: string | null): void {
    this.isMine = true;
    for (const name of MY_EVENTS) this.#names.add(name);
    this.myUuid = uuid;
    this.isOn = true;
  }

  addFilter(header: string, value: string): void {
    if (this.#filters.length < MAX_WISHES) this.#filters.push({ header, value });
  }

  /** A header name alone removes all its filters; `all` removes every one. */
  deleteFilter(header: string, value: string | null): void {
    const name = header.toLowerCase();
    if (name === 'all') this.#filters = [];
    this.#filters = this.#filters.filter(
      (filter) => filter.header.toLowerCase() !== name || (value !== null && filter.value !== value),
    );
  }

  wants(name: string, subclass: string | null): boolean {
    if (!this.isOn) return false;
    if (this.#names.has('ALL')) return true;
    if (!this.#names.has(name)) return false;
    return name !== 'CUSTOM' || subclass === null || this.#subclasses.has(subclass);
  }

  /** Filters and `myevents`, which need the headers. */
  passes(event: SwitchEvent): boolean {
    if (this.#filters.length > 0 && !this.#passesFilters(event)) return false;
    if (this.myUuid === null) return true;
    return event.get('Unique-ID') === this.myUuid || event.get('Job-Owner-UUID') === this.myUuid;
  }

  /** Any filter that matches lets an event pass; one that begins with `-` and matches keeps it back. */
  #passesFilters(event: SwitchEvent): boolean {
    let passes = false;
    for (const { header, value } of this.#filters) {
      const actual = event.get(header);
      if (actual === null) continue;
      const prefix = /^[+\- ]*/.exec(value)?.[0] ?? '';
      const isNegative = prefix.trimEnd().endsWith('-');
      if (!filterMatches(actual, value, value.slice(prefix.length))) continue;
      if (isNegative) return false;
      passes = true;
    }
    return passes;
  }

  #parse(words: readonly string[], setsFormat: boolean): { names: string[]; subclasses: string[] } {
    const names: string[] = [];
    const subclasses: string[] = [];
    for (const [position, word] of words.entries()) {
      const lower = word.toLowerCase();
      if (setsFormat && position === 0 && (lower === 'plain' || lower === 'json' || lower === 'xml')) {
        this.format = lower;
      } else if (names.includes('CUSTOM')) {
        subclasses.push(word);
      } else {
        const name = eventNameOf(word);
        if (name !== null) names.push(name);
      }
    }
    return { names, subclasses };
  }
}

/** The longest expression that is tried; a client's own patterns must not hold up the switch. */
const MAX_PATTERN_LENGTH = 200;

function filterMatches(actual: string, whole: string, wanted: string): boolean {
  if (!whole.startsWith('/')) return actual.toLowerCase() === wanted.toLowerCase();
  const pattern = /^\/(.*)\/([imsu]*)$/s.exec(wanted);
  if (wanted.length > MAX_PATTERN_LENGTH) return false;
  try {
    return new RegExp(pattern?.[1] ?? wanted.slice(1), pattern?.[2] ?? '').test(actual.slice(0, 1000));
  } catch {
    return false;
  }
}
