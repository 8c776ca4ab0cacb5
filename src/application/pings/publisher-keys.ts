/** Keys of publishers: made for a source and a campaign that a number of ours joins, and found by what a ping carries. */

import { formatPublisherKey, type PublisherKey, publisherPrefixOf } from '../../domain/bidding/publisher-key.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Clock } from '../ports/clock.js';
import type { ConfigurationReader } from '../ports/configuration-repository.js';
import type { IdSource } from '../ports/id-source.js';
import type { PublisherKeyRepository } from '../ports/publisher-key-repository.js';
import type { SecretSource } from '../ports/secret-source.js';

export interface PublisherKeyDependencies {
  readonly publisherKeys: PublisherKeyRepository;
  readonly configuration: ConfigurationReader;
  readonly secrets: SecretSource;
  readonly ids: IdSource;
  readonly clock: Clock;
}

export type NewPublisherKey = Pick<PublisherKey, 'name' | 'sourceId' | 'campaignId' | 'pingsPerMinute'>;

export type PublisherKeyCreation =
  /** `text` is the key itself: it is shown now and can never be shown again. */
  | { readonly kind: 'created'; readonly key: PublisherKey; readonly text: string }
  | { readonly kind: 'faulty'; readonly faults: readonly PublisherKeyFault[] };

export interface PublisherKeyFault {
  readonly field: 'sourceId' | 'campaignId';
  readonly found: string;
  readonly expected: string;
}

const PREFIX_LENGTH = 8;
const SECRET_LENGTH = 32;

function faultsOf(configuration: Configuration, { sourceId, campaignId }: NewPublisherKey): PublisherKeyFault[] {
  const faults: PublisherKeyFault[] = [];
  const source = configuration.sources.get(sourceId);
  const isCampaign = configuration.campaigns.has(campaignId);
  if (source === undefined) faults.push({ field: 'sourceId', found: sourceId, expected: 'the id of a source' });
  else if (source.pings === null) {
    faults.push({ field: 'sourceId', found: sourceId, expected: 'a source that has terms for pings' });
  }
  if (!isCampaign) faults.push({ field: 'campaignId', found: campaignId, expected: 'the id of a campaign' });
  const dids = [...configuration.didsByNumber.values()];
  if (faults.length === 0 && !dids.some((did) => did.sourceId === sourceId && did.campaignId === campaignId)) {
    const expected = `a campaign with a DID of source ${sourceId}, where its calls can be sent`;
    faults.push({ field: 'campaignId', found: campaignId, expected });
  }
  return faults;
}

export async function createPublisherKey(
  deps: PublisherKeyDependencies,
  asked: NewPublisherKey,
): Promise<PublisherKeyCreation> {
  const faults = faultsOf(deps.configuration.current(), asked);
  if (faults.length > 0) return { kind: 'faulty', faults };
  const prefix = deps.secrets.newWord(PREFIX_LENGTH, 'lower');
  const text = formatPublisherKey(prefix, deps.secrets.newWord(SECRET_LENGTH, 'mixed'));
  const { name, sourceId, campaignId, pingsPerMinute } = asked;
  const key: PublisherKey = {
    ...{ id: deps.ids.newId(), name, prefix, sha256: deps.secrets.sha256(text), sourceId, campaignId, pingsPerMinute },
    createdAt: deps.clock.wallMs(),
    revokedAt: null,
  };
  await deps.publisherKeys.add(key);
  return { kind: 'created', key, text };
}

/** Null for a text that is no key, for an unknown key, a wrong secret and a revoked key alike. */
export async function findPublisherKey(
  deps: Pick<PublisherKeyDependencies, 'publisherKeys' | 'secrets'>,
  text: string,
): Promise<PublisherKey | null> {
  const prefix = publisherPrefixOf(text);
  const key = prefix === null ? null : await deps.publisherKeys.findByPrefix(prefix);
  if (key === null || key.revokedAt !== null) return null;
  return deps.secrets.isSame(deps.secrets.sha256(text), key.sha256) ? key : null;
}
