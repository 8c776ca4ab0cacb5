/**
 * The control app as a process of its own that a test kills and starts again, beside a switch that lives on, with tone phones for callers
 * and buyers. What its processes leave behind is read from the database and asked of the media server.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore } from '../../src/adapters/sqlite/open-sqlite-store.js';
import { CallScope } from '../../src/application/calls/call-scope.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { packageRoot } from '../../src/config/package-root.js';
import { isTerminal } from '../../src/domain/calls/call.js';
import type { Prompt } from '../../src/domain/prompts/prompt.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { askEventSocket } from '../attack/event-socket-question.js';
import { buildConfiguration, type CampaignPlan, didOf } from './campaign-builder.js';
import { serverVariables } from './command-environment.js';
import { FakeBidder } from './fake-bidder.js';
import { type LogLine, RingpostCommand } from './ringpost-command.js';
import { type SwitchUnderTest, sharedFolder, startSwitchUnderTest } from './switch-under-test.js';
import { BUYER_HZ, CALLER_HZ, writeTonePrompts } from './tone-prompts.js';

/** Shorter than any media time-out: a channel that ends by that was forgotten. */
const CHANNEL_END_LIMIT_MS = 3_000;

export class MortalApp {
  readonly switch: SwitchUnderTest;
  readonly store: SqliteStore;
  readonly #folder: string;
  readonly #prompts: readonly Prompt[];
  readonly #scope: CallScope;
  readonly #plans: CampaignPlan[] = [];

  private constructor(parts: {
    switch: SwitchUnderTest;
    store: SqliteStore;
    folder: string;
    prompts: readonly Prompt[];
    scope: CallScope;
  }) {
    this.switch = parts.switch;
    this.store = parts.store;
    this.#folder = parts.folder;
    this.#prompts = parts.prompts;
    this.#scope = parts.scope;
  }

  /** The switch and the database; no app yet. */
  static async open(startSwitch: () => Promise<SwitchUnderTest> = startSwitchUnderTest): Promise<MortalApp> {
    const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
    try {
      const folder = mkdtempSync(join(sharedFolder(), 'ringpost-mortal-'));
      scope.defer(() => rmSync(folder, { recursive: true, force: true }));
      mkdirSync(join(folder, 'tones'));
      const prompts = writeTonePrompts(join(folder, 'tones'));
      const underTest = await startSwitch();
      scope.defer(() => underTest.stop());
      const file = join(folder, 'ringpost.db');
      const store = await openSqliteStore({ file, migrationsFolder: join(packageRoot(), 'migrations') });
      scope.defer(() => store.close());
      return new MortalApp({ switch: underTest, store, folder, prompts, scope });
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What callers have answered by voice and nobody has removed. */
  utterances(): readonly string[] {
    const folder = join(this.#folder, 'recordings', 'utterances');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Settles with the app that takes calls; it is killed at the end of the test if it still runs. */
  async start(changes: Readonly<Record<string, string>> = {}): Promise<RingpostCommand> {
    const app = this.begin(changes);
    await app.line((line) => line.msg === 'ready for calls');
    return app;
  }

  begin(changes: Readonly<Record<string, string>> = {}): RingpostCommand {
    const app = new RingpostCommand(['start'], {
      ...serverVariables(this.switch),
      RINGPOST_DATA_FOLDER: this.#folder,
      RINGPOST_HTTP_PORT: '0',
      // Each line at once: what is gathered dies with the process, and comes too late to kill it by.
      RINGPOST_LOG_LEVEL: 'debug',
      RINGPOST_DRAIN_MS: '0',
      RINGPOST_MP3: 'off',
      RINGPOST_MIN_FREE_DISK_MB: '0',
      RINGPOST_PING_ALLOW_PRIVATE: '127.0.0.0/8',
      ...changes,
    });
    this.#scope.defer(() => app.kill());
    return app;
  }

  /** Puts a campaign in force beside the earlier ones; returns the number that callers dial. To be called before the app starts. */
  async addCampaign(plan: CampaignPlan): Promise<string> {
    this.#plans.push(plan);
    await this.store.configuration.refresh();
    await this.store.configuration.apply(buildConfiguration(this.#plans, this.#prompts));
    return didOf(this.#plans.length - 1);
  }

  async startPhone(role: 'caller' | 'buyer', manner: PhoneManner): Promise<TonePhone> {
    const toneHz = role === 'caller' ? CALLER_HZ : BUYER_HZ;
    const media = () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
    const phone = await TonePhone.start({ name: role, address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
    this.#scope.defer(() => phone.close());
    return phone;
  }

  async startBidder(answer: object): Promise<FakeBidder> {
    const bidder = await FakeBidder.start(answer);
    this.#scope.defer(() => bidder.close());
    return bidder;
  }

  sipUri(did: string): string {
    const { address, port } = this.switch.sip;
    return `sip:${did}@${address}:${port}`;
  }

  /** Every call that the database knows, oldest first. */
  async calls(): Promise<readonly CallDetails[]> {
    const found: CallDetails[] = [];
    for (const { callId } of await this.store.calls.list({ limit: 1_000, before: null })) {
      const details = await this.store.calls.find(callId);
      if (details !== null) found.unshift(details);
    }
    return found;
  }

  /** Settles when the database knows this of a call: what is only on its way there is lost with a process that is killed. */
  async knows(isKnown: (details: CallDetails) => boolean): Promise<void> {
    while (!(await this.calls()).some(isKnown));
  }

  /** Settles when the database knows the end of every call, whichever process wrote it. */
  async allClosed(app: RingpostCommand): Promise<void> {
    for (const { call } of await this.calls()) {
      if (!isTerminal(call.state)) await app.line((line) => line.msg === 'call closed' && line.callId === call.callId);
    }
  }

  /** Stops it as an operator does; settles when it has put everything away. */
  async stop(app: RingpostCommand): Promise<number | null> {
    app.stop();
    return await app.exited;
  }

  /** Channels that the media servers still carry, of calls that have ended: FreeSWITCH answers a BYE before it takes the channel off its list. */
  async channelsLeft(): Promise<number> {
    const last = performance.now() + CHANNEL_END_LIMIT_MS;
    let left = await this.#channels();
    while (left > 0 && performance.now() < last) left = await this.#channels();
    return left;
  }

  async #channels(): Promise<number> {
    let count = 0;
    for (const server of this.switch.mediaServers) {
      const shown = await askEventSocket(server, 'show channels count');
      count += Number(/(\d+) total/.exec(shown)?.[1] ?? 0);
    }
    return count;
  }

  close(): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

export const isStep =
  (step: string) =>
  (line: LogLine): boolean =>
    line.step === step;

export const TAKEN_OVER = (line: LogLine): boolean => line.msg === 'calls of an earlier run were taken over';
