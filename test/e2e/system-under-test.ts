/**
 * The whole of Ringpost for end-to-end tests: a switch, the control app, tone prompts, and parties by SIPp. One per test file; each test
 * adds its campaign and ends with `settled`, which says what is left over.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { TimelineStep } from '../../src/domain/calls/timeline.js';
import type { Prompt } from '../../src/domain/prompts/prompt.js';
import { type ControlApp, type ControlAppSettings, startControlApp } from '../../src/main.js';
import { whenZero } from '../soak/when-zero.js';
import type { SippOptions } from '../support/sipp-run.js';
import { buildConfiguration, type CampaignPlan, didOf } from './campaign-builder.js';
import { FakeBidder } from './fake-bidder.js';
import { LOOPBACK_API, settingsBeside } from './settings-beside.js';
import { type PartyRole, SippParty } from './sipp-party.js';
import { type SwitchUnderTest, sharedFolder, startSwitchUnderTest } from './switch-under-test.js';
import { writeTonePrompts } from './tone-prompts.js';

type Keys = NonNullable<SippOptions['keys']>;
type PartyOptions = Omit<SippOptions, 'scenario' | 'keys' | 'remote' | 'called'>;

/** Longer than the deadline of any command. */
const PENDING_LIMIT_MS = 10_000;

export class SystemUnderTest {
  readonly app: ControlApp;
  readonly switch: SwitchUnderTest;
  readonly folder: string;
  readonly #prompts: readonly Prompt[];
  readonly #plans: CampaignPlan[] = [];
  readonly #scope: CallScope;
  readonly #closed = new Map<string, string>();
  #closedWaiters: (() => void)[] = [];

  private constructor(parts: {
    app: ControlApp;
    switch: SwitchUnderTest;
    folder: string;
    prompts: readonly Prompt[];
    scope: CallScope;
  }) {
    this.app = parts.app;
    this.switch = parts.switch;
    this.folder = parts.folder;
    this.#prompts = parts.prompts;
    this.#scope = parts.scope;
    this.app.events.subscribe({
      closed: (call) => {
        this.#closed.set(call.sipCallId, call.callId);
        for (const wake of this.#closedWaiters.splice(0)) wake();
      },
    });
  }

  static async start(
    startSwitch: () => Promise<SwitchUnderTest> = startSwitchUnderTest,
    changes: Partial<ControlAppSettings> = {},
  ): Promise<SystemUnderTest> {
    const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
    try {
      const folder = mkdtempSync(join(sharedFolder(), 'ringpost-e2e-'));
      scope.defer(async () => rmSync(folder, { recursive: true, force: true }));
      const toneFolder = join(folder, 'tones');
      mkdirSync(toneFolder);
      const prompts = writeTonePrompts(toneFolder);
      const underTest = await startSwitch();
      scope.defer(() => underTest.stop());
      const app = await startControlApp(
        settingsBeside(underTest, folder, { isMp3Made: true, http: LOOPBACK_API, ...changes }),
        pino({ level: process.env.E2E_LOG_LEVEL ?? 'silent' }),
      );
      scope.defer(() => app.close());
      return new SystemUnderTest({ app, switch: underTest, folder, prompts, scope });
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Puts a campaign in force beside those of earlier tests; returns the number that callers dial. */
  async addCampaign(plan: CampaignPlan): Promise<string> {
    this.#plans.push(plan);
    const document = buildConfiguration(this.#plans, this.#prompts);
    const { configuration } = this.app.store;
    const applied = await applyConfiguration({ configuration, prompts: this.app.prompts }, document);
    if (applied.kind === 'refused') throw new Error(JSON.stringify(applied.faults));
    return didOf(this.#plans.length - 1);
  }

  startBuyer(scenario: string, keys: Keys = {}, options: PartyOptions = {}): Promise<SippParty> {
    return this.startCalled('buyer', scenario, keys, options);
  }

  /** Somebody who is called. */
  async startCalled(
    role: Exclude<PartyRole, 'caller'>,
    scenario: string,
    keys: Keys = {},
    options: PartyOptions = {},
  ): Promise<SippParty> {
    const party = await SippParty.start(role, {
      scenario,
      keys: { ring_ms: 100, talk_ms: 1_000, ...keys },
      ...options,
    });
    this.#scope.defer(() => party.stop());
    return party;
  }

  async startCaller(scenario: string, called: string, keys: Keys = {}, options: PartyOptions = {}): Promise<SippParty> {
    const party = await SippParty.start('caller', {
      scenario,
      called,
      keys: { caller: '+13105550123', hangup_ms: 1_000, ...keys },
      remote: this.switch.sip,
      ...options,
    });
    this.#scope.defer(() => party.stop());
    return party;
  }

  async startBidder(answer: object | null): Promise<FakeBidder> {
    const bidder = await FakeBidder.start(answer);
    this.#scope.defer(() => bidder.close());
    return bidder;
  }

  /** Settles when a call of this party has reached a step. */
  reached(step: TimelineStep): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = this.app.events.subscribe({
        stepped: (_call, entry) => {
          if (entry.step !== step) return;
          unsubscribe();
          resolve();
        },
      });
    });
  }

  /** The call's record once it is closed and its recording is finished. */
  async record(caller: SippParty): Promise<CallDetails> {
    const { text } = await caller.run.message('sent', /^INVITE/);
    const sipCallId = /^(?:Call-ID|i): (.*?)\r?$/m.exec(text)?.[1] ?? '';
    while (!this.#closed.has(sipCallId)) await new Promise<void>((resolve) => this.#closedWaiters.push(resolve));
    await this.app.live.whenFollowed();
    const details = await this.app.store.calls.find(this.#closed.get(sipCallId) ?? '');
    if (details === null) throw new Error(`the call ${sipCallId} is not in the store`);
    return details;
  }

  /** What is still held once every call is over; `nothingHeld` is what it must be. */
  async settled(): Promise<object> {
    await this.app.live.whenEmpty();
    await this.app.live.whenFollowed();
    const { telephony } = this.app;
    // A call may be closed before drachtio has said that its last message is sent; each of these has a deadline of its own.
    if (telephony.counts().pendingCommands > 0)
      await whenZero(() => ({ pending: telephony.counts().pendingCommands }), PENDING_LIMIT_MS);
    return { ...this.app.telephony.counts(), live: this.app.live.size, slots: [...this.app.slots.snapshot()] };
  }

  close(): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

export const NOTHING_HELD = {
  ...{ callerLegs: 0, buyerLegs: 0, dialogs: 0, pendingCommands: 0 },
  live: 0,
  slots: [],
} as const;
