/**
 * Which gateways answer: OPTIONS to each at its trunk's interval. Asked by the flow before it dials, by the live API and the metrics.
 *
 * States of a gateway: unknown -> up | failing -> down -> up. An unknown or failing one is used; a down one only when all are down.
 */
import { gatewayName } from '../../domain/trunks/gateway-order.js';
import type { Gateway, OptionsProbe, Trunk } from '../../domain/trunks/trunk.js';
import type { CallEvents } from '../ports/call-events.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationReader } from '../ports/configuration-repository.js';
import type { GatewayProbe, ProbeAnswer } from '../ports/gateway-probe.js';

const TICK_MS = 500;

export interface GatewayState {
  readonly trunkId: string;
  /** host:port, and the transport unless it is UDP. */
  readonly gateway: string;
  readonly state: 'not-probed' | 'unknown' | 'up' | 'failing' | 'down';
  /** Of the last answer; null before the first. */
  readonly sipStatus: number | null;
  readonly latencyMs: number | null;
  /** Probes in a row that failed. */
  readonly failures: number;
  /** Why the last probe failed; empty when it did not. */
  readonly detail: string;
}

interface Watched {
  readonly trunkId: string;
  readonly trunkName: string;
  readonly gateway: Gateway;
  readonly probe: OptionsProbe;
  state: GatewayState;
  dueMs: number;
  isBusy: boolean;
  hasAnswered: boolean;
}

export interface GatewayHealthDependencies {
  readonly configuration: ConfigurationReader;
  readonly probe: GatewayProbe;
  readonly clock: Clock;
  readonly events: Pick<CallEvents, 'alarm'>;
}

/** 503 and its like say "not now" (RFC 3261 section 21.5.4); any other answer, a 404 or 405 among them, shows that somebody is there. */
function faultOf(answer: ProbeAnswer): string | null {
  if (answer.kind === 'silent') return answer.detail;
  return [408, 502, 503, 504].includes(answer.sipStatus) ? `it answers ${answer.sipStatus}` : null;
}

const keyOf = (trunkId: string, gateway: Gateway): string => `${trunkId} ${gatewayName(gateway)}`;

export class GatewayHealth {
  readonly #deps: GatewayHealthDependencies;
  readonly #watched = new Map<string, Watched>();
  #version: number | null = null;

  constructor(deps: GatewayHealthDependencies) {
    this.#deps = deps;
  }

  isUp(trunkId: string, gateway: Gateway): boolean {
    return this.#watched.get(keyOf(trunkId, gateway))?.state.state !== 'down';
  }

  /** It has answered OPTIONS, so its silence means something. */
  hasAnswered(trunkId: string, gateway: Gateway): boolean {
    return this.#watched.get(keyOf(trunkId, gateway))?.hasAnswered === true;
  }

  /** Every gateway of the active trunks, by trunk and name. */
  list(): readonly GatewayState[] {
    this.#reconcile();
    const trunks = [...this.#deps.configuration.current().trunks.values()].filter(({ isActive }) => isActive);
    return trunks.flatMap((trunk) =>
      trunk.gateways.map((gateway) => this.#watched.get(keyOf(trunk.id, gateway))?.state ?? blank(trunk, gateway)),
    );
  }

  /** Probes from now on. Returns the function that ends it. */
  start(): () => void {
    let stopTimer = (): void => undefined;
    const tick = (): void => {
      this.#reconcile();
      const nowMs = this.#deps.clock.monotonicMs();
      for (const each of this.#watched.values()) if (!each.isBusy && each.dueMs <= nowMs) void this.#ask(each);
      stopTimer = this.#deps.clock.startTimer(TICK_MS, tick);
    };
    tick();
    return () => stopTimer();
  }

  /** What is known of a gateway outlives an edit that leaves it as it is. */
  #reconcile(): void {
    const { version, trunks } = this.#deps.configuration.current();
    if (version === this.#version) return;
    this.#version = version;
    const wanted = new Map<string, Watched>();
    for (const trunk of trunks.values()) {
      if (!trunk.isActive || trunk.optionsProbe === null) continue;
      for (const gateway of trunk.gateways) {
        const key = keyOf(trunk.id, gateway);
        wanted.set(key, watch(this.#watched.get(key), trunk, gateway, trunk.optionsProbe));
      }
    }
    this.#watched.clear();
    for (const [key, each] of wanted) this.#watched.set(key, each);
  }

  async #ask(each: Watched): Promise<void> {
    each.isBusy = true;
    const answer = await this.#deps.probe.probe(each.gateway, each.probe.timeoutMs);
    each.isBusy = false;
    each.hasAnswered ||= answer.kind === 'answered';
    each.dueMs = this.#deps.clock.monotonicMs() + each.probe.intervalMs;
    const before = each.state.state;
    each.state = judged(each, answer);
    const now = each.state.state;
    const name = `gateway ${each.state.gateway} of trunk ${each.trunkName}`;
    if (now === 'down' && before !== 'down') {
      this.#deps.events.alarm('gateway-down', `${name} is down: ${each.state.detail}`);
    }
  }
}

function watch(known: Watched | undefined, trunk: Trunk, gateway: Gateway, probe: OptionsProbe): Watched {
  const state: GatewayState = known?.state ?? { ...blank(trunk, gateway), state: 'unknown' };
  return {
    trunkId: trunk.id,
    trunkName: trunk.name,
    gateway,
    probe,
    state,
    dueMs: known?.dueMs ?? 0,
    isBusy: false,
    hasAnswered: known?.hasAnswered ?? false,
  };
}

function blank(trunk: Trunk, gateway: Gateway): GatewayState {
  return {
    trunkId: trunk.id,
    gateway: gatewayName(gateway),
    state: 'not-probed',
    sipStatus: null,
    latencyMs: null,
    failures: 0,
    detail: '',
  };
}

function judged({ state, probe }: Watched, answer: ProbeAnswer): GatewayState {
  const fault = faultOf(answer);
  const seen =
    answer.kind === 'answered'
      ? { sipStatus: answer.sipStatus, latencyMs: Math.round(answer.latencyMs) }
      : { sipStatus: null, latencyMs: null };
  if (fault === null) return { ...state, ...seen, state: 'up', failures: 0, detail: '' };
  const failures = state.failures + 1;
  const isDown = failures >= probe.downAfter;
  return { ...state, ...seen, state: isDown ? 'down' : 'failing', failures, detail: fault };
}
