/**
 * Everything that the soak test runs: the switch and the control app in processes of their own, buyers, bidders and callers in this
 * one. Against real drachtio and FreeSWITCH servers (E2E_DRACHTIO and its companions) there is no switch process to ask.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallScope } from '../../src/application/calls/call-scope.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { packageRoot } from '../../src/config/package-root.js';
import type { EmbeddedSwitchOptions } from '../../src/embedded/switch-process.js';
import type { ControlAppSettings } from '../../src/main.js';
import { buildConfiguration, didOf } from '../e2e/campaign-builder.js';
import { FakeBidder } from '../e2e/fake-bidder.js';
import { settingsBeside } from '../e2e/settings-beside.js';
import { startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { writeTonePrompts } from '../e2e/tone-prompts.js';
import { CAMPAIGN_NAMES, type CallKind, campaignPlans } from './call-kinds.js';
import type { CallReport } from './caller-call.js';
import { ChildLink } from './child-link.js';
import { SoakBuyers } from './soak-buyers.js';
import { SoakCallers } from './soak-callers.js';
import type { SwitchAddresses } from './soak-switch-process.js';

const SECRET = 'soak';
const UNKNOWN_DID = '+12025559999';

export interface PlacedReport extends CallReport {
  readonly kind: CallKind;
}

interface Engine {
  readonly sip: { readonly address: string; readonly port: number };
  readonly drachtio: ControlAppSettings['drachtio'];
  readonly mediaServers: ControlAppSettings['mediaServers'];
  readonly process: ChildLink | null;
}

export type SoakTimers = NonNullable<EmbeddedSwitchOptions['sipTimers']>;

export class SoakSystem {
  readonly app: ChildLink;
  readonly switch: ChildLink | null;
  readonly folder: string;
  readonly buyers: SoakBuyers;
  readonly #sip: Engine['sip'];
  readonly #scope: CallScope;
  readonly #bidders: readonly FakeBidder[];
  #placed = 0;

  private constructor(parts: {
    app: ChildLink;
    engine: Engine;
    folder: string;
    buyers: SoakBuyers;
    bidders: readonly FakeBidder[];
    scope: CallScope;
  }) {
    this.app = parts.app;
    this.switch = parts.engine.process;
    this.folder = parts.folder;
    this.buyers = parts.buyers;
    this.#sip = parts.engine.sip;
    this.#scope = parts.scope;
    this.#bidders = parts.bidders;
  }

  static async start(sipTimers: SoakTimers): Promise<SoakSystem> {
    const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
    try {
      const folder = mkdtempSync(join(tmpdir(), 'ringpost-soak-'));
      scope.defer(async () => rmSync(folder, { recursive: true, force: true }));
      const engine = await startEngine(scope, folder, sipTimers);
      const buyers = await SoakBuyers.start();
      scope.defer(() => buyers.close());
      const bidders: FakeBidder[] = [];
      const bidder = async (answer: object | null): Promise<string> => {
        const started = await FakeBidder.start(answer);
        scope.defer(() => started.close());
        bidders.push(started);
        return started.url;
      };
      const plans = campaignPlans({
        buyer: (manner) => buyers.uri(manner),
        generousBidder: await bidder({ accepted: true, bid: 42 }),
        refusingBidder: await bidder({ accepted: false }),
        slowBidder: await bidder(null),
      });
      const tones = join(folder, 'tones');
      mkdirSync(tones);
      const document = buildConfiguration(plans, writeTonePrompts(tones));
      const app = new ChildLink(new URL('./soak-app-process.js', import.meta.url));
      scope.defer(() => app.stop());
      // A caller without audio is let go after the media time-out; shorter than any call of the mix lasts would end the others too.
      const limits = { maxCalls: 500, mediaTimeoutMs: 3_000, holdGraceMs: 10_000 };
      await app.ask('start', { settings: settingsBeside(engine, folder, { isMp3Made: true, limits }), document });
      return new SoakSystem({ app, engine, folder, buyers, bidders, scope });
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Places one call of each kind in turn, `perSecond` a second; settles when all are over. */
  async place(kinds: readonly CallKind[], perSecond: number): Promise<PlacedReport[]> {
    const callers = await SoakCallers.start(this.#sip);
    try {
      return await new Promise((resolve, reject) => {
        const placed: Promise<PlacedReport>[] = [];
        const interval = setInterval(() => {
          const kind = kinds[placed.length];
          if (kind !== undefined) placed.push(this.#placeOne(callers, kind));
          if (placed.length < kinds.length) return;
          clearInterval(interval);
          Promise.all(placed).then(resolve, reject);
        }, 1000 / perSecond);
      });
    } finally {
      await callers.close();
    }
  }

  /** Ends the warm connections that the app keeps to its bidders for 30 s at most: a bounded pool is no leak. */
  async closeBidders(): Promise<void> {
    for (const bidder of this.#bidders) await bidder.close();
  }

  records(): Promise<CallDetails[]> {
    return this.app.ask('records');
  }

  close(): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }

  async #placeOne(callers: SoakCallers, kind: CallKind): Promise<PlacedReport> {
    this.#placed += 1;
    const callerNumber = `+1310555${String(this.#placed).padStart(4, '0')}`;
    const calledNumber = kind.campaign === 'none' ? UNKNOWN_DID : didOf(CAMPAIGN_NAMES.indexOf(kind.campaign));
    const rings = this.buyers.rings(callerNumber);
    return { ...(await callers.place({ kind, callerNumber, calledNumber, rings })), kind };
  }
}

async function startEngine(scope: CallScope, folder: string, sipTimers: SoakTimers): Promise<Engine> {
  if ((process.env.E2E_DRACHTIO ?? '') !== '') return { ...(await startSwitchUnderTest()), process: null };
  const child = new ChildLink(new URL('./soak-switch-process.js', import.meta.url));
  scope.defer(() => child.stop());
  const options: EmbeddedSwitchOptions = {
    sipAddress: '127.0.0.1',
    sipPort: 0,
    controlPort: 0,
    controlSecret: SECRET,
    freeswitchSipPort: 0,
    eventSocketPort: 0,
    eventSocketPassword: SECRET,
    mediaAddress: '127.0.0.1',
    rtpPortMin: 16_384,
    rtpPortMax: 32_767,
    configurationFolder: join(packageRoot(), 'freeswitch-conf'),
    soundsFolder: join(folder, 'switch-sounds'),
    recordingsFolder: join(folder, 'switch-recordings'),
    sipTimers,
  };
  const { sipPort, controlPort, eventSocketPort, freeswitchSipAddress } = await child.ask<SwitchAddresses>(
    'start',
    options,
  );
  return {
    sip: { address: '127.0.0.1', port: sipPort },
    drachtio: { host: '127.0.0.1', port: controlPort, secret: SECRET, forgetsDeadApps: true },
    mediaServers: [
      {
        name: 'embedded',
        eventSocketHost: '127.0.0.1',
        eventSocketPort,
        password: SECRET,
        sipAddress: freeswitchSipAddress,
      },
    ],
    process: child,
  };
}
