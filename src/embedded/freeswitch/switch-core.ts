/** What applications, commands and the channel loop need of the switch as a whole. Interfaces only; freeswitch.ts fills them. */
import type { Channel, DialplanStep } from './channel.js';
import type { ChannelTable } from './channel-table.js';
import type { EventBus } from './event-bus.js';

/** One run of an application: `argument` is expanded already and must not be expanded again. */
export interface ApplicationCall {
  readonly core: SwitchCore;
  readonly channel: Channel;
  readonly argument: string;
}

export interface Application {
  readonly name: string;
  /** Without SAF_SUPPORT_NOMEDIA: an unanswered channel is given early media first. */
  readonly needsMedia: boolean;
  /** May run while the dialplan is searched (`inline="true"`). */
  readonly runsInline: boolean;
  run(call: ApplicationCall): Promise<void>;
}

/** Says which steps a destination has; runs inline actions while it searches. */
export interface Dialplan {
  /** Null: no extension matched. */
  hunt(core: SwitchCore, channel: Channel): Promise<DialplanStep[] | null>;
  /** Reads the files again; answers what went wrong, or `Success`. */
  reload(): Promise<string>;
}

/** Text of a failed command starts with `-`; it is never empty. */
export type Api = (call: ApiCall) => string | Promise<string>;

export interface ApiCall {
  readonly core: SwitchCore;
  readonly argument: string;
}

/** One SIP profile, for `sofia status`. */
export interface ProfileView {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly context: string;
  callsIn: number;
  failedCallsIn: number;
}

export interface SwitchCore {
  readonly events: EventBus;
  readonly channels: ChannelTable;
  readonly applications: ReadonlyMap<string, Application>;
  readonly apis: ReadonlyMap<string, Api>;
  readonly dialplan: Dialplan;
  readonly globals: Map<string, string>;
  readonly profile: ProfileView;
  /** Where files named without a path lie. */
  readonly soundsFolder: string;
  readonly recordingsFolder: string;
  /** Milliseconds since the switch started. */
  uptimeMs(): number;
  /** What the conference application and command work on; made by conference.ts. */
  readonly conferences: ConferencePort;
  /** An exception that is a mistake of ours; the channel it concerns is hung up, the switch goes on. */
  reportBug(error: unknown): void;
  /** Runs the `socket` application: connects to the program, resolves when the channel may go on. */
  connectOut(channel: Channel, argument: string): Promise<void>;
}

export interface ConferencePort {
  /** Resolves when the channel has left the conference. */
  join(core: SwitchCore, channel: Channel, argument: string): Promise<void>;
  command(argument: string): string;
  memberCount(): number;
}
