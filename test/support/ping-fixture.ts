/** The application over scripted ports with a desk for pings; released with its fixture, since it holds nothing. */
import { createSecretSource } from '../../src/adapters/system/secret-source.js';
import { type PingAnswer, PingDesk, type PingResult } from '../../src/application/pings/answer-ping.js';
import type { SentPing } from '../../src/application/pings/read-ping.js';
import type { PublisherKey } from '../../src/domain/bidding/publisher-key.js';
import type { Source } from '../../src/domain/campaigns/source.js';
import { type FixtureOptions, pingingSource } from './call-configuration.js';
import { CallFixture } from './call-fixture.js';

export const CALLER = '+15125550123';

const KEY: PublisherKey = {
  ...{ id: 'key', name: 'Publisher', prefix: 'abcd1234', sha256: '', sourceId: 'source', campaignId: 'campaign' },
  ...{ pingsPerMinute: 5, createdAt: 0, revokedAt: null },
};

export type Bid = Extract<PingAnswer, { kind: 'bid' }>;

export class PingFixture {
  readonly calls: CallFixture;
  readonly desk: PingDesk;
  readonly results: PingResult[] = [];

  constructor(options: FixtureOptions = {}, source: Source = pingingSource()) {
    const document = { sources: [source], ...options.document };
    this.calls = new CallFixture({ ...options, document });
    this.desk = new PingDesk({
      ...this.calls.deps,
      secrets: createSecretSource(),
      maxCalls: 100,
      country: 'US',
      isOpen: () => this.calls.live.isOpen,
      onAnswered: (_sourceId, result) => void this.results.push(result),
    });
  }

  ping(changes: Partial<SentPing> = {}, key: Partial<PublisherKey> = {}): Promise<PingAnswer> {
    const sent = { callerNumber: CALLER, inboundNumber: null, tags: {}, isStrict: true, ...changes };
    return this.desk.answer({ ...KEY, ...key }, sent);
  }

  /** For a ping that must get a bid. */
  async bid(changes: Partial<SentPing> = {}): Promise<Bid> {
    const answer = await this.ping(changes);
    if (answer.kind !== 'bid') throw new Error(`no bid: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A call that is answered by the first buyer and talks for so long. */
  async talk(callerUser: string, talkMs: number): Promise<void> {
    const { call, done } = this.calls.invite({ callerUser });
    const caller = await call.answeredLeg.promise;
    caller.greet();
    await this.calls.clock.advance(talkMs);
    caller.end();
    await done;
  }
}
