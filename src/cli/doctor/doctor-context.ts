/** What the checks of the doctor work with: the settings, and questions that are asked once for all checks. Made by run-doctor.ts. */
import { existsSync } from 'node:fs';
import type { Config } from '../../config/config-shape.js';
import { passwordOf, type Secrets, type ServerSecrets } from '../../config/secrets.js';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';
import { askDatabase, type DatabaseFacts } from './database-facts.js';
import { SkippedError } from './finding.js';
import { MediaServerQuestions } from './media-server-questions.js';
import type { Patience } from './patience.js';

export class DoctorContext implements AsyncDisposable {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly patience: Patience;
  readonly servers: readonly MediaServerQuestions[];
  #facts: Promise<DatabaseFacts> | null = null;

  constructor(config: Config, secrets: Secrets, patience: Patience) {
    this.config = config;
    this.secrets = secrets;
    this.patience = patience;
    this.servers = config.mediaServers.map(
      (server, index) =>
        new MediaServerQuestions({
          server,
          config,
          password: passwordOf(secrets.eventSocket, index),
          unknown: this.whyUnknown('eventSocket', server.eventSocket.port, 'FREESWITCH_EVENT_SOCKET_PASSWORD'),
        }),
    );
  }

  /** Why a control port of the embedded switch cannot be asked, as a sentence; null when it can. */
  whyUnknown(which: keyof ServerSecrets, port: number, variable: string): string | null {
    if (this.config.engine !== 'embedded') return null;
    if (port === 0) return 'the embedded switch takes a free port at each start, which is not known here';
    if (this.secrets[which].origin !== 'generated') return null;
    return `the embedded switch makes its secret up at each start, so it cannot be asked; set ${variable} for both to have it checked`;
  }

  get hasDatabase(): boolean {
    return existsSync(this.config.files.databaseFile);
  }

  /** Rejects with a sentence when it cannot be read, with a SkippedError when there is none. */
  databaseFacts(): Promise<DatabaseFacts> {
    this.#facts ??= this.#readFacts();
    return this.#facts;
  }

  /** The configuration in force; skips whoever asks when there is none that can be read. */
  async document(): Promise<ConfigurationDocument> {
    const facts = await this.databaseFacts().catch(() => null);
    const document = facts?.document ?? null;
    if (document === null) throw new SkippedError('there is no database whose configuration could be read');
    return document;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }

  async #readFacts(): Promise<DatabaseFacts> {
    const { databaseFile } = this.config.files;
    if (!this.hasDatabase) throw new SkippedError(`there is no ${databaseFile} yet; the first start makes it`);
    const reply = await askDatabase(databaseFile, 'facts', this.patience.databaseMs);
    if (reply.kind === 'facts') return reply.facts;
    throw new Error(reply.kind === 'failed' ? reply.sentence : 'the database gave another answer');
  }
}
