/**
 * Which applications are connected and which requests each wants: drachtio's round robin. Requests outside a dialog go to the
 * applications that asked for their verb, in turn.
 */
import type { ControlClient } from './control-client.js';

interface Route {
  readonly clients: ControlClient[];
  /** Whose turn is next. */
  offset: number;
}

export class ClientRegistry {
  readonly #clients = new Set<ControlClient>();
  readonly #routes = new Map<string, Route>();

  get size(): number {
    return this.#clients.size;
  }

  all(): readonly ControlClient[] {
    return [...this.#clients];
  }

  join(client: ControlClient): void {
    this.#clients.add(client);
  }

  leave(client: ControlClient): void {
    this.#clients.delete(client);
    this.removeRoutes(client);
  }

  /** `verb` in lower case. An application that asks twice still has one turn. */
  addRoute(client: ControlClient, verb: string): void {
    const route = this.#routes.get(verb) ?? { clients: [], offset: 0 };
    this.#routes.set(verb, route);
    if (!route.clients.includes(client)) route.clients.push(client);
  }

  /** drachtio removes all verbs of an application, whichever it names. */
  removeRoutes(client: ControlClient): void {
    for (const [verb, route] of this.#routes) {
      const at = route.clients.indexOf(client);
      if (at >= 0) route.clients.splice(at, 1);
      if (route.clients.length === 0) this.#routes.delete(verb);
    }
  }

  /** The application whose turn it is for this method; undefined when none wants it. */
  select(method: string): ControlClient | undefined {
    const route = this.#routes.get(method.toLowerCase());
    if (route === undefined) return undefined;
    const at = route.offset < route.clients.length ? route.offset : 0;
    route.offset = at + 1;
    return route.clients[at];
  }
}
