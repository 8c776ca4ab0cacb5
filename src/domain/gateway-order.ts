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

/**
 * Whether a failure is the gateway's and not the called party's, so that the next gateway may do better. 408 stands for
 * a gateway that never answered; 603, 607 and 608 are final wherever they come from.
 */
export function isGatewayFailure(sipStatus: number): boolean {
  return sipStatus === 408 || (sipStatus >= 500 && sipStatus < 600);
}
