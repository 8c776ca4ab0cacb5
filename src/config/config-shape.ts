/**
 * The shape of the configuration: values as the program uses them, units last in the names. Made by config.ts, read by the
 * composition root and the command line.
 */
import type { SpeechEngineName, Variables } from './env.js';
import type { MailConfig } from './mail-settings.js';
import type { HostAndPort } from './network-address.js';
import type { RecogniserConfig } from './recogniser-settings.js';

export interface MediaServerConfig {
  /** `host:port` of its event socket: what logs and call records call it. */
  readonly name: string;
  readonly eventSocket: HostAndPort;
  /** Of its `drachtio_mrf` profile. */
  readonly sip: HostAndPort;
}

/** What the embedded switch listens on. Its control ports are those of `drachtio` and of the first media server. */
export interface SwitchConfig {
  readonly sipAddress: string;
  /** UDP and TCP; 0 takes a free one. */
  readonly sipPort: number;
  /** CIDR ranges whose SIP is answered; null: everybody's. */
  readonly sipSources: readonly string[] | null;
  /** Written into Via and Contact; null: the address listened on. */
  readonly externalAddress: string | null;
  readonly mediaAddress: string;
  readonly rtpPortMin: number;
  readonly rtpPortMax: number;
  readonly mediaWorkers: number;
}

export interface Config {
  readonly engine: Variables['RINGPOST_ENGINE'];
  readonly nodeName: string;
  readonly logLevel: Variables['RINGPOST_LOG_LEVEL'];
  /** 0: the event loop is not watched. */
  readonly stallExitMs: number;
  /** ISO 3166, for numbers in national form. */
  readonly defaultCountry: string;
  readonly http: {
    readonly address: string;
    /** 0 takes a free one. */
    readonly port: number;
    readonly requestsPerMinute: number;
    readonly feedEvents: number;
    readonly exposure: Variables['RINGPOST_HTTP_EXPOSURE'];
  };
  /** All absolute. */
  readonly files: {
    readonly dataFolder: string;
    readonly databaseFile: string;
    readonly promptFolder: string;
    readonly recordingFolder: string;
    readonly minFreeDiskBytes: number;
    readonly isMp3Made: boolean;
  };
  readonly drachtio: HostAndPort;
  readonly mediaServers: readonly MediaServerConfig[];
  /** Told so in so many words: see accepted-risks.ts. */
  readonly mayControlBePublic: boolean;
  readonly switch: SwitchConfig;
  readonly calls: {
    readonly maxCalls: number;
    readonly mediaTimeoutMs: number;
    readonly holdGraceMs: number;
    readonly drainMs: number;
    readonly drainEnd: 'leave' | 'hang-up';
  };
  /** CIDR ranges of ours in which bidders may live. */
  readonly pingAllowPrivate: readonly string[];
  readonly speechEngines: readonly SpeechEngineName[];
  /** Null: no mail is sent. */
  readonly mail: MailConfig | null;
  /** Null: callers answer by keys alone. */
  readonly recogniser: RecogniserConfig | null;
}

/** What the machine says about itself and the configuration has to agree with. */
export interface HostFacts {
  readonly workingFolder: string;
  /** First port that the system hands out by itself; null where it does not say. */
  readonly ephemeralPortMin: number | null;
}
