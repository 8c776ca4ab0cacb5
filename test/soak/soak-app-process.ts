/**
 * The control app in a process of its own that also says what it holds and what it recorded. Started by the soak test, so that its
 * heap and its descriptors are not mixed with those of the callers.
 */
import { readdirSync } from 'node:fs';
import Srf from 'drachtio-srf';
import pino from 'pino';
import { Channel } from '../../src/adapters/telephony/event-socket/channel.js';
import { AnsweredBuyerLeg } from '../../src/adapters/telephony/legs/buyer-leg.js';
import { AnsweredCallerLeg } from '../../src/adapters/telephony/legs/caller-leg.js';
import { MediaLeg } from '../../src/adapters/telephony/legs/media-leg.js';
import { ReceivedInvite } from '../../src/adapters/telephony/sip/inbound-call.js';
import { OutgoingInvite } from '../../src/adapters/telephony/sip/outgoing-invite.js';
import { SipDialog } from '../../src/adapters/telephony/sip/sip-dialog.js';
import { CallJournal } from '../../src/application/calls/call-journal.js';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { ConfigurationDocument } from '../../src/domain/campaigns/configuration.js';
import { type ControlApp, type ControlAppSettings, startControlApp } from '../../src/main.js';
import { answerParent } from './child-link.js';
import { countObjects, reportProcess, writeSnapshot } from './process-report.js';
import { type Settled, whenZero } from './when-zero.js';

export interface AppStart {
  readonly settings: ControlAppSettings;
  readonly document: ConfigurationDocument;
}

export interface AppTrouble {
  /** `kind: sentence` of each alarm. */
  readonly alarms: readonly string[];
  /** Log lines of level warn and above. */
  readonly complaints: readonly string[];
  /** How often each call was announced as closed, when not once. */
  readonly closedTwice: readonly string[];
}

const PAGE = 100;

let app: ControlApp | null = null;
let recordingFolder = '';
const alarms: string[] = [];
const complaints: string[] = [];
const closed = new Map<string, number>();

function openApp(): ControlApp {
  if (app === null) throw new Error('the app is not started');
  return app;
}

async function start({ settings, document }: AppStart): Promise<void> {
  const log = pino({ level: 'warn' }, { write: (line: string) => void complaints.push(line.trim()) });
  app = await startControlApp(settings, log);
  recordingFolder = settings.recordingFolder;
  app.events.subscribe({
    alarm: (kind, sentence) => void alarms.push(`${kind}: ${sentence}`),
    closed: ({ callId }) => void closed.set(callId, (closed.get(callId) ?? 0) + 1),
  });
  const applied = await applyConfiguration({ configuration: app.store.configuration, prompts: app.prompts }, document);
  if (applied.kind === 'refused') throw new Error(JSON.stringify(applied.faults));
}

function held(): Record<string, number> {
  const { telephony, live, slots } = openApp();
  return { ...telephony.counts(), live: live.size, slots: [...slots.snapshot()].length };
}

async function settled(limitMs: number): Promise<Settled> {
  const result = await whenZero(held, limitMs);
  await openApp().live.whenFollowed();
  return result;
}

/** Every call in the store, oldest first. */
async function records(): Promise<CallDetails[]> {
  const { calls } = openApp().store;
  const all: CallDetails[] = [];
  for (let before: string | null = null; ; ) {
    const page = await calls.list({ limit: PAGE, before });
    for (const { callId } of page) {
      const details = await calls.find(callId);
      if (details !== null) all.push(details);
    }
    before = page.at(-1)?.callId ?? null;
    if (before === null) return all.reverse();
  }
}

answerParent(
  {
    start: (argument) => start(argument as AppStart),
    held,
    settled: (limitMs) => settled(Number(limitMs)),
    report: reportProcess,
    objects: () =>
      countObjects({
        ...{ AnsweredBuyerLeg, AnsweredCallerLeg, CallJournal, CallScope, Channel, MediaLeg, OutgoingInvite },
        ...{ ReceivedInvite, SipDialog, SipMessage: Reflect.get(Srf, 'SipMessage') },
      }),
    snapshot: writeSnapshot,
    records,
    unfinished: async () => (await openApp().store.calls.unfinished()).length,
    unknownSources: () => openApp().events.unknownSources(),
    recordingFiles: () =>
      readdirSync(recordingFolder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [`${entry.parentPath}/${entry.name}`] : [],
      ),
    trouble: (): AppTrouble => ({
      alarms,
      complaints,
      closedTwice: [...closed].filter(([, times]) => times !== 1).map(([callId]) => callId),
    }),
  },
  async () => app?.close(),
);
