/** Whether each bidder's host has an address, and one that we may connect to. Nothing is sent to it. */
import { AddressRefusedError, createAddressGuard } from '../../../adapters/bidders/address-guard.js';
import type { Bidder } from '../../../domain/bidding/bidder.js';
import type { Check } from '../check.js';
import { fault, listed, ok, SkippedError, sentenceOf, warning } from '../finding.js';
import { within } from '../within.js';

const LOOKUP_MS = 3_000;

type Guard = ReturnType<typeof createAddressGuard>;

interface Trouble {
  readonly kind: 'refused' | 'unresolved';
  readonly sentence: string;
}

function lookUp(guard: Guard, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    guard.lookup(hostname, { all: true }, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Null when its host may be reached. A URL with a token in its host is not known before a call. */
async function troubleOf(guard: Guard, { id, dialect }: Bidder): Promise<Trouble | null> {
  const urls = [dialect.ping.url, ...(dialect.post === null ? [] : [dialect.post.url])];
  for (const url of urls) {
    const host = URL.canParse(url) ? new URL(url).hostname : '';
    if (host === '' || host.includes('%7B')) continue;
    const literal = guard.refusalOfLiteral(host);
    if (literal !== null) return { kind: 'refused', sentence: `${id}: ${literal}` };
    try {
      await within(LOOKUP_MS, `the look-up of ${host}`, lookUp(guard, host));
    } catch (error) {
      const kind = error instanceof AddressRefusedError ? 'refused' : 'unresolved';
      return { kind, sentence: `${id}: ${sentenceOf(error)}` };
    }
  }
  return null;
}

export const checkBidders: Check = {
  name: 'bidders',
  async run(context) {
    const active = (await context.document()).bidders.filter(({ isActive }) => isActive);
    if (active.length === 0) throw new SkippedError('no bidder is active');
    const guard = createAddressGuard(context.config.pingAllowPrivate);
    const troubles = (await Promise.all(active.map((bidder) => troubleOf(guard, bidder)))).filter(
      (one) => one !== null,
    );
    const refused = troubles.filter(({ kind }) => kind === 'refused');
    if (refused.length > 0) {
      return fault(
        `bidders that are never asked: ${listed(refused.map(({ sentence }) => sentence))}`,
        'correct the URL, or name the network in RINGPOST_PING_ALLOW_PRIVATE if the bidder is in one of ours',
      );
    }
    if (troubles.length > 0)
      return warning(
        `bidders without an address now: ${listed(troubles.map(({ sentence }) => sentence))}`,
        'check the name, and the name server of this machine',
      );
    return ok(
      `the hosts of ${active.length} active ${active.length === 1 ? 'bidder' : 'bidders'} have addresses that may be reached`,
    );
  },
};
