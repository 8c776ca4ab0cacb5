/** The control app in a process of its own, started as `ringpost start` starts it, that also says what it used and measured. */
import { devNull } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { applyConfiguration } from '../src/application/configuration/apply-configuration.js';
import { openLog } from '../src/cli/open-log.js';
import type { ConfigurationDocument } from '../src/domain/campaigns/configuration.js';
import { type ControlApp, type ControlAppSettings, startControlApp } from '../src/main.js';
import { answerParent } from '../test/soak/child-link.js';
import { whenZero } from '../test/soak/when-zero.js';
import { liveMb } from './live-memory.js';
import { processorTime } from './processor-time.js';
import { sharedClockMs } from './timed-bidders.js';

export interface AppStart {
  readonly settings: ControlAppSettings;
  readonly document: ConfigurationDocument;
}

/** By callId: from before the first ping until the auction is closed, in ms, and when that was on the clock of all processes. */
export type AuctionTimes = Record<string, { readonly tookMs: number; readonly endedAtMs: number }>;

const SETTLE_LIMIT_MS = 60_000;

let app: ControlApp | null = null;
let auctions: AuctionTimes = {};
let closed = 0;
const alarms: string[] = [];
const startedMs = new Map<string, number>();

function openApp(): ControlApp {
  if (app === null) throw new Error('the app is not started');
  return app;
}

async function start({ settings, document }: AppStart): Promise<void> {
  // The log is written as in production, to where it costs no disk.
  app = await startControlApp(settings, openLog('info', 'bench', devNull));
  app.events.subscribe({
    stepped: ({ callId }, { step }) => {
      if (step === 'auction-started') startedMs.set(callId, performance.now());
      if (step !== 'auction-closed') return;
      const tookMs = performance.now() - (startedMs.get(callId) ?? 0);
      auctions[callId] = { tookMs, endedAtMs: sharedClockMs() };
      startedMs.delete(callId);
    },
    closed: () => {
      closed += 1;
    },
    alarm: (kind, sentence) => void alarms.push(`${kind}: ${sentence}`),
  });
  const applied = await applyConfiguration({ configuration: app.store.configuration, prompts: app.prompts }, document);
  if (applied.kind === 'refused') throw new Error(JSON.stringify(applied.faults));
}

/** When no call is up and the recordings are finished. */
async function settled(): Promise<number> {
  const { telephony, live } = openApp();
  await whenZero(() => ({ ...telephony.counts(), live: live.size }), SETTLE_LIMIT_MS);
  // On a busy machine the thread of the lowest priority may not get its turn.
  await Promise.race([live.whenFollowed(), setTimeout(SETTLE_LIMIT_MS, null, { ref: false })]);
  return closed;
}

answerParent(
  {
    start: (argument) => start(argument as AppStart),
    settled,
    used: processorTime,
    liveMb,
    alarms: () => alarms,
    auctions: () => {
      const taken = auctions;
      auctions = {};
      return taken;
    },
  },
  async () => app?.close(),
);
