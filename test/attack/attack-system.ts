/**
 * The whole of Ringpost under attack: switch and control app as in production, with a short patience for silence, and what the app
 * logs kept for inspection. After each attack `assertNothingHeld` says what it has left behind, and holds every call that has ended since
 * to the invariants of test/support/call-invariants.ts.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import type { Test } from 'tap';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { TimelineStep } from '../../src/domain/calls/timeline.js';
import type { Prompt } from '../../src/domain/prompts/prompt.js';
import { type ControlApp, startControlApp } from '../../src/main.js';
import { buildConfiguration, type CampaignPlan, didOf } from '../e2e/campaign-builder.js';
import { type SwitchUnderTest, sharedFolder, startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { writeTonePrompts } from '../e2e/tone-prompts.js';
import { callFaults } from '../support/call-invariants.js';
import { askEventSocket } from './event-socket-question.js';
import { HostileCaller, type HostileCallerOptions } from './hostile-caller.js';
import { HostilePeer, type HostilePeerOptions } from './hostile-peer.js';

export interface AttackSystemOptions {
  /** Silence after which a leg is ended; calls of peers without audio must end before it. */
  readonly mediaTimeoutMs?: number;
  /** Environment of the embedded switch. */
  readonly switchEnvironment?: Readonly<Record<string, string>>;
  readonly minFreeDiskBytes?: number;
  /** In place of a folder of its own. */
  readonly recordingFolder?: string;
  /** FreeSWITCHes beside that of the switch. */
  readonly moreMediaServers?: SwitchUnderTest['mediaServers'];
}

/** A server answers BYE before the channel leaves its lists: the real FreeSWITCH takes some tenths of a second. */
const LEAVING_MS = 5_000;
const NOTHING = {
  callerLegs: 0,
  buyerLegs: 0,
  dialogs: 0,
  pendingCommands: 0,
  live: 0,
  slots: [] as readonly string[],
  channels: '0 total.',
};

/** Writes each chunk of pino, which is one line, into an array. */
function collector(lines: string[]): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
}

export class AttackSystem {
  readonly app: ControlApp;
  readonly switch: SwitchUnderTest;
  readonly folder: string;
  /** What the app has logged, at level debug. */
  readonly logLines: readonly string[];
  readonly #prompts: readonly Prompt[];
  readonly #plans: CampaignPlan[] = [];
  readonly #scope: CallScope;
  readonly #closed = new Map<string, string>();
  /** Calls that have ended and were not held to the invariants yet. */
  readonly #unjudged: string[] = [];
  #closedWaiters: (() => void)[] = [];
  #applying: Promise<void> = Promise.resolve();

  private constructor(parts: {
    app: ControlApp;
    switch: SwitchUnderTest;
    folder: string;
    prompts: readonly Prompt[];
    scope: CallScope;
    logLines: readonly string[];
  }) {
    this.app = parts.app;
    this.switch = parts.switch;
    this.folder = parts.folder;
    this.logLines = parts.logLines;
    this.#prompts = parts.prompts;
    this.#scope = parts.scope;
    this.app.events.subscribe({
      closed: (call) => {
        this.#closed.set(call.sipCallId, call.callId);
        this.#unjudged.push(call.callId);
        for (const wake of this.#closedWaiters.splice(0)) wake();
      },
    });
  }

  static async start(options: AttackSystemOptions = {}): Promise<AttackSystem> {
    const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
    try {
      const folder = mkdtempSync(join(sharedFolder(), 'ringpost-attack-'));
      scope.defer(async () => rmSync(folder, { recursive: true, force: true }));
      mkdirSync(join(folder, 'tones'));
      const prompts = writeTonePrompts(join(folder, 'tones'));
      const underTest = await startSwitchUnderTest(process.env, options.switchEnvironment);
      scope.defer(() => underTest.stop());
      const logLines: string[] = [];
      const app = await startControlApp(
        {
          databaseFile: join(folder, 'ringpost.db'),
          promptFolder: join(folder, 'prompts'),
          recordingFolder: options.recordingFolder ?? join(folder, 'recordings'),
          isMp3Made: false,
          minFreeDiskBytes: options.minFreeDiskBytes ?? 0,
          speechEngines: [],
          drachtio: underTest.drachtio,
          mediaServers: [...underTest.mediaServers, ...(options.moreMediaServers ?? [])],
          defaultCountry: 'US',
          pingAllowPrivate: ['127.0.0.0/8'],
          limits: { maxCalls: 100, mediaTimeoutMs: options.mediaTimeoutMs ?? 60_000, holdGraceMs: 10_000 },
          drainMs: 0,
        },
        pino({ level: 'debug' }, collector(logLines)),
      );
      scope.defer(() => app.close());
      return new AttackSystem({ app, switch: underTest, folder, prompts, scope, logLines });
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Puts a campaign in force beside those of earlier tests; returns the number that callers dial. */
  async addCampaign(plan: CampaignPlan): Promise<string> {
    const did = didOf(this.#plans.push(plan) - 1);
    // One after the other: an older document must not be put in force last.
    this.#applying = this.#applying.then(() => this.#apply());
    await this.#applying;
    return did;
  }

  /** A SIP peer that is closed with the system; a TCP one is connected to the public SIP port. */
  async peer(options: Omit<HostilePeerOptions, 'remotePort'> = {}): Promise<HostilePeer> {
    const peer = await HostilePeer.open({ ...options, remotePort: this.switch.sip.port });
    this.#scope.defer(() => peer.close());
    return peer;
  }

  async caller(did: string, options: HostileCallerOptions & HostileTransport = {}): Promise<HostileCaller> {
    const { transport, address, ...rest } = options;
    const peer = await this.peer({
      ...(transport === undefined ? {} : { transport }),
      ...(address === undefined ? {} : { address }),
    });
    return new HostileCaller(peer, did, rest);
  }

  /** Runs `release` when the system is stopped, before the system itself. */
  defer(release: () => Promise<void>): void {
    this.#scope.defer(release);
  }

  /** Settles at the next such step of any call. */
  reached(step: TimelineStep): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.app.events.subscribe({
        stepped: (_call, entry) => {
          if (entry.step !== step) return;
          stop();
          resolve();
        },
      });
    });
  }

  /** The record of a call by its SIP Call-ID, once it is closed and its recording is finished. */
  async record(sipCallId: string): Promise<CallDetails> {
    while (!this.#closed.has(sipCallId)) await new Promise<void>((resolve) => this.#closedWaiters.push(resolve));
    await this.app.live.whenFollowed();
    const details = await this.app.store.calls.find(this.#closed.get(sipCallId) ?? '');
    if (details === null) throw new Error(`the call ${sipCallId} is not in the store`);
    return details;
  }

  /** An `api` command on the event socket, past the app. */
  api(command: string): Promise<string> {
    const [server] = this.switch.mediaServers;
    if (server === undefined) throw new Error('there is no media server');
    return askEventSocket(server, command);
  }

  /** Waits until no call is live, then compares all that could be held with nothing. */
  async assertNothingHeld(t: Test): Promise<void> {
    await this.app.live.whenEmpty();
    await this.app.live.whenFollowed();
    const last = performance.now() + LEAVING_MS;
    let held = await this.#held();
    while (JSON.stringify(held) !== JSON.stringify(NOTHING) && performance.now() < last) held = await this.#held();
    t.same(held, NOTHING, 'no leg, dialog, command, slot or channel is left');
    await this.#assertInvariants(t);
  }

  async #assertInvariants(t: Test): Promise<void> {
    const ended = this.#unjudged.splice(0);
    t.equal(new Set(ended).size, ended.length, 'each call is closed once');
    const { calls } = this.app.store;
    // The end of a leg is written and not waited for. Writes go in order: when this one is there, so are those before it.
    await Promise.all(ended.map((callId) => calls.appendTimeline(callId, [])));
    const details = await Promise.all(ended.map((callId) => calls.find(callId)));
    const faults = details.flatMap((one, index) =>
      one === null ? [`${ended[index]}: it has no record`] : callFaults(one),
    );
    t.same(
      faults,
      [],
      `${ended.length} calls: one record with its reason, no leg up, balanced books, recordings whole or lost`,
    );
  }

  async #held(): Promise<typeof NOTHING> {
    const channels = (await this.api('show channels count')).trim();
    const { callerLegs, buyerLegs, dialogs, pendingCommands } = this.app.telephony.counts();
    const slots = [...this.app.slots.snapshot()].map(([key]) => key);
    return { callerLegs, buyerLegs, dialogs, pendingCommands, live: this.app.live.size, slots, channels };
  }

  async #apply(): Promise<void> {
    const document = buildConfiguration(this.#plans, this.#prompts);
    const { configuration } = this.app.store;
    const applied = await applyConfiguration({ configuration, prompts: this.app.prompts }, document);
    if (applied.kind === 'refused') throw new Error(JSON.stringify(applied.faults));
  }

  close(): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

interface HostileTransport {
  readonly transport?: 'udp' | 'tcp';
  readonly address?: string;
}
