/** The part of the composition root that sends voicemails and faxes away. Called by main.ts alone, once this process may write calls. */
import { createAddressGuard } from './adapters/bidders/address-guard.js';
import { ConnectionPools } from './adapters/bidders/connection-pools.js';
import { createSmtpMails, type SmtpSettings } from './adapters/mail/smtp-mails.js';
import { createHttpWebhooks } from './adapters/webhooks/http-webhooks.js';
import type { CallScope } from './application/calls/call-scope.js';
import { DueDeliveries } from './application/calls/deliver-due.js';
import type { DeliveryDependencies } from './application/calls/delivery-attempt.js';

const MAX_ORIGINS = 50;
const CONNECTIONS = 2;

/** Addresses are guarded as those of bidders are: nobody's webhook leads into our own network. */
export function startDeliveries(
  deps: Omit<DeliveryDependencies, 'webhooks' | 'mails'>,
  { allowedNetworks, smtp }: { readonly allowedNetworks: readonly string[]; readonly smtp: SmtpSettings | null },
  process: CallScope,
): void {
  const pools = new ConnectionPools({
    guard: createAddressGuard(allowedNetworks),
    maxOrigins: MAX_ORIGINS,
    connectionsPerOrigin: CONNECTIONS,
    trustedCertificates: null,
  });
  const webhooks = createHttpWebhooks({ clock: deps.clock, poolOf: (origin) => pools.of(origin) });
  const stopping = new AbortController();
  const mails = createSmtpMails({ clock: deps.clock, smtp, stopping: stopping.signal });
  const deliveries = new DueDeliveries({ ...deps, webhooks, mails });
  process.defer(async () => {
    stopping.abort();
    const stopped = deliveries.stop();
    await pools.close();
    await stopped;
  });
  deliveries.start();
}
