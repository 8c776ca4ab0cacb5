/**
 * What several checks ask of one media server, each question asked once: its event socket, the answers to commands, its configuration as
 * it runs, and the probe call. Whoever needs what cannot be had gets a SkippedError; the check of the event socket itself says why.
 */
import type { Config, MediaServerConfig } from '../../config/config-shape.js';
import { formatHostAndPort } from '../../config/network-address.js';
import { descendants, parameters, parseXml, type XmlNode } from '../../embedded/freeswitch/configuration-xml.js';
import { EventSocketRefusedError, EventSocketSession } from './event-socket-session.js';
import { SkippedError } from './finding.js';
import { type FolderProbe, probeFolders } from './folder-probe.js';

export const PROFILE = 'drachtio_mrf';

/** The embedded switch has no commands that show its configuration: it reads the files of this package. */
const EMBEDDED_MARK = 'ringpost-embedded';

export interface MediaServerOptions {
  readonly server: MediaServerConfig;
  readonly config: Config;
  readonly password: string;
  /** Why there is no use in asking at all, as a sentence; null when there is. */
  readonly unknown: string | null;
}

export class MediaServerQuestions {
  readonly server: MediaServerConfig;
  readonly #options: MediaServerOptions;
  readonly #answers = new Map<string, Promise<string>>();
  #session: Promise<EventSocketSession> | null = null;
  #probe: Promise<FolderProbe> | null = null;

  constructor(options: MediaServerOptions) {
    this.server = options.server;
    this.#options = options;
  }

  get address(): string {
    return formatHostAndPort(this.server.eventSocket);
  }

  /** Null when it is worth asking. */
  get unknown(): string | null {
    return this.#options.unknown;
  }

  /** Rejects with an EventSocketRefusedError. */
  session(): Promise<EventSocketSession> {
    const { host, port } = this.server.eventSocket;
    this.#session ??= EventSocketSession.open(host, port, this.#options.password);
    return this.#session;
  }

  /** The answer of a command, asked once however many checks need it. */
  ask(line: string): Promise<string> {
    const known = this.#answers.get(line);
    if (known !== undefined) return known;
    const answer = this.#usable().then((session) => session.api(line));
    this.#answers.set(line, answer);
    return answer;
  }

  async isEmbedded(): Promise<boolean> {
    return (await this.ask('version')).includes(EMBEDDED_MARK);
  }

  /** A section of the configuration with which FreeSWITCH runs, for example `configuration configuration name sofia.conf`. */
  async located(path: string): Promise<XmlNode> {
    if (await this.isEmbedded())
      throw new SkippedError('the embedded switch runs with the files of this package and shows no others');
    const text = await this.ask(`xml_locate ${path}`);
    if (text.startsWith('-ERR') || !text.trimStart().startsWith('<'))
      throw new Error(`FreeSWITCH has nothing at "${path}"`);
    return parseXml(`<root>${text}</root>`);
  }

  /** Parameters of the profile; null when there is no such profile in sofia.conf. */
  async profileParameters(): Promise<ReadonlyMap<string, string> | null> {
    const sofia = await this.located('configuration configuration name sofia.conf');
    const profile = descendants(sofia, 'profile').find((node) => node.attributes.get('name') === PROFILE);
    return profile === undefined ? null : parameters(profile);
  }

  async switchParameters(): Promise<ReadonlyMap<string, string>> {
    return parameters(await this.located('configuration configuration name switch.conf'));
  }

  /** One call of the doctor to this FreeSWITCH, which plays from the one folder and records into the other. */
  folderProbe(): Promise<FolderProbe> {
    this.#probe ??= this.#usable().then(({ localAddress }) =>
      probeFolders({ server: this.server, localAddress, files: this.#options.config.files }),
    );
    return this.#probe;
  }

  async close(): Promise<void> {
    // A probe that outlived its check still has files to remove.
    await this.#probe?.catch(() => null);
    const session = await this.#session?.catch(() => null);
    session?.close();
  }

  async #usable(): Promise<EventSocketSession> {
    if (this.unknown !== null) throw new SkippedError(this.unknown);
    try {
      return await this.session();
    } catch (error) {
      if (!(error instanceof EventSocketRefusedError)) throw error;
      throw new SkippedError('it is not known, because the event socket cannot be used');
    }
  }
}
