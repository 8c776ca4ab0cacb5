/**
 * Creates and delivers the events of the whole switch. Channels, applications, recordings and the heartbeat fire here;
 * event-socket connections listen. Delivery is synchronous and in order, so that the order of events on a connection is
 * the order in which things happened. An event that nobody asked for is counted and never built.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { SwitchEvent } from './switch-event.js';

export interface EventListener {
  /** Whether an event of this name and subclass could be wanted, before its headers are known. */
  wants(name: string, subclass: string | null): boolean;
  deliver(event: SwitchEvent): void;
}

export interface EventBusOptions {
  /** Written as FreeSWITCH-IPv4. */
  readonly ipv4: string;
}

export class EventBus {
  readonly coreUuid: string = randomUUID();
  readonly hostname: string = hostname();
  readonly #ipv4: string;
  readonly #listeners = new Set<EventListener>();
  #sequence = 0;

  constructor(options: EventBusOptions) {
    this.#ipv4 = options.ipv4;
  }

  /** The returned function takes the listener off again. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  listenerCount(): number {
    return this.#listeners.size;
  }

  /** Fires an event; `fill` adds its headers and runs only when somebody wants the event. */
  fire(name: string, fill: (event: SwitchEvent) => void, subclass: string | null = null): void {
    this.#sequence += 1;
    const sequence = this.#sequence;
    let wanted = false;
    for (const listener of this.#listeners) {
      if (listener.wants(name, subclass)) wanted = true;
    }
    if (!wanted) return;
    const event = this.#prepare(name, subclass, sequence);
    fill(event);
    this.#deliver(event);
  }

  /** An event with its leading headers that is not fired: CHANNEL_DATA for `uuid_dump` and `connect`. */
  create(name: string, subclass: string | null = null): SwitchEvent {
    this.#sequence += 1;
    return this.#prepare(name, subclass, this.#sequence);
  }

  #deliver(event: SwitchEvent): void {
    for (const listener of this.#listeners) {
      if (listener.wants(event.name, event.subclass)) listener.deliver(event);
    }
  }

  #prepare(name: string, subclass: string | null, sequence: number): SwitchEvent {
    const now = new Date();
    const event = new SwitchEvent(name, subclass);
    if (subclass !== null) event.add('Event-Subclass', subclass);
    return event
      .add('Event-Name', name)
      .add('Core-UUID', this.coreUuid)
      .add('FreeSWITCH-Hostname', this.hostname)
      .add('FreeSWITCH-Switchname', this.hostname)
      .add('FreeSWITCH-IPv4', this.#ipv4)
      .add('FreeSWITCH-IPv6', '::1')
      .add('Event-Date-Local', localStamp(now))
      .add('Event-Date-GMT', now.toUTCString())
      .add('Event-Date-Timestamp', epochMicros())
      .add('Event-Calling-File', 'embedded')
      .add('Event-Calling-Function', 'embedded')
      .add('Event-Calling-Line-Number', '0')
      .add('Event-Sequence', sequence);
  }
}

/** Microseconds since the epoch, finer than Date; the unit of every FreeSWITCH time stamp. */
export function epochMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** `%Y-%m-%d %T` in local time. */
export function localStamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
