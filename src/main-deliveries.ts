/** The part of the composition root that sends voicemails away. Called by main.ts alone, once this process may write calls. */
import { createAddressGuard } from './adapters/bidders/address-guard.js';
import { ConnectionPools } from './adapters/bidders/connection-pools.js';
import { createHttpWebhooks } from './adapters/webhooks/http-webhooks.js';
import type { CallScope } from './application/call-scope.js';
import { type DeliveryDependencies, VoicemailDeliveries } from './application/deliver-voicemails.js';

const MAX_ORIGINS = 50;
const CONNECTIONS = 2;

/** Addresses are guarded as those of bidders are: nobody's webhook leads into our own network. */
export function startDeliveries(
  deps: Omit<DeliveryDependencies, 'webhooks'>,
  allowedNetworks: readonly string[],
  process: CallScope,
): void {
  const pools = new ConnectionPools({
    guard: createAddressGuard(allowedNetworks),
    maxOrigins: MAX_ORIGINS,
    connectionsPerOrigin: CONNECTIONS,
    trustedCertificates: null,
  });
  const webhooks = createHttpWebhooks({ clock: deps.clock, poolOf: (origin) => pools.of(origin) });
  const deliveries = new VoicemailDeliveries({ ...deps, webhooks });
  process.defer(async () => {
    const stopped = deliveries.stop();
    await pools.close();
    await stopped;
  });
  deliveries.start();
}
