/** In which order a trunk's gateways are tried: by priority, and inside one priority by a draw in proportion to the weights. */
import type { Gateway } from './trunk.js';

/** `random` answers numbers from 0 to 1, exclusive. */
export function orderGateways(gateways: readonly Gateway[], random: () => number): readonly Gateway[] {
  const keyed = gateways.map((gateway) => ({
    gateway,
    draw: gateway.weight <= 0 ? 0 : random() ** (1 / gateway.weight),
  }));
  keyed.sort((left, right) => left.gateway.priority - right.gateway.priority || right.draw - left.draw);
  return keyed.map((each) => each.gateway);
}

/** Those that answer their probes; all of them when none does, since a probe may be wrong and a call is at stake. */
export function usableGateways(gateways: readonly Gateway[], isUp: (gateway: Gateway) => boolean): readonly Gateway[] {
  const up = gateways.filter(isUp);
  return up.length === 0 ? gateways : up;
}

/** How a gateway is named in the timeline, the API and the metrics. */
export function gatewayName({ host, port, transport }: Gateway): string {
  const literal = host.includes(':') ? `[${host}]` : host;
  return `${literal}:${port}${transport === 'udp' ? '' : `;${transport}`}`;
}

/** Whether a final answer is one of a list of statuses and classes, such as `408` and `5xx`. */
export function isAnyStatus(sipStatus: number, patterns: readonly string[]): boolean {
  const status = String(sipStatus);
  return patterns.some((pattern) => pattern === status || (pattern.endsWith('xx') && status[0] === pattern[0]));
}
