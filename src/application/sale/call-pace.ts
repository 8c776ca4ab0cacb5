/**
 * Holds outbound calls to what a carrier takes in a second. Asked before each INVITE to a gateway; a turn that would come too late is
 * not taken, so that the dial can go elsewhere. Lives as long as the process: a configuration that changes keeps the pace.
 */
import { type PaceTurn, takeTurn } from '../../domain/trunks/call-pace.js';
import { gatewayName } from '../../domain/trunks/gateway-order.js';
import type { Gateway, Trunk } from '../../domain/trunks/trunk.js';
import type { Clock } from '../ports/clock.js';

/** Keys are trunks and gateways of the configuration; those of rows that are gone are dropped beyond this. */
const MAX_KEYS = 1_000;

export class CallPace {
  readonly #clock: Clock;
  readonly #freeFromMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the turn, unless it would come too late. A turn that is then not used is lost: the carrier may have counted it. */
  take(trunk: Trunk, gateway: Gateway): PaceTurn {
    const { callsPerSecond, maxPaceWaitMs: maxWaitMs } = trunk;
    const nowMs = this.#clock.monotonicMs();
    if (callsPerSecond === null) return { kind: 'turn', waitMs: 0, nextFreeMs: nowMs };
    const key = trunk.paceScope === 'trunk' ? trunk.id : `${trunk.id} ${gatewayName(gateway)}`;
    const turn = takeTurn(this.#freeFromMs.get(key), { callsPerSecond, maxWaitMs, nowMs });
    if (turn.kind === 'turn') {
      this.#freeFromMs.set(key, turn.nextFreeMs);
      if (this.#freeFromMs.size > MAX_KEYS) this.#forgetPast(nowMs);
    }
    return turn;
  }

  #forgetPast(nowMs: number): void {
    for (const [key, freeFromMs] of this.#freeFromMs) if (freeFromMs <= nowMs) this.#freeFromMs.delete(key);
  }
}
