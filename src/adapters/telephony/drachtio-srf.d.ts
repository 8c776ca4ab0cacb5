/**
 * The part of drachtio-srf 5.0.29 that this folder uses, as its source has it: the types that it ships state several of
 * these wrongly. The agent and its wire protocol are inside the package; drachtio-link.ts alone touches them.
 */
declare module 'drachtio-srf' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface SipMessage {
    readonly method: string;
    readonly uri: string;
    readonly status: number;
    readonly reason: string;
    readonly body: string | undefined;
    get(name: string): string | undefined;
    has(name: string): boolean;
  }

  export interface SrfRequest extends EventEmitter, SipMessage {
    readonly source: 'network' | 'application';
    readonly source_address: string;
    readonly source_port: number;
    readonly protocol: string;
    /** `unsolicited` when drachtio itself ended the dialog. */
    readonly stackTxnId: string;
    readonly stackDialogId: string | undefined;
    readonly socket: Socket;
    /** Credentials with which drachtio-srf answers a challenge. */
    auth: { username: string; password: string } | undefined;
    cancel(options: { headers?: Record<string, string> }, sent?: (error: Error | null) => void): void;
  }

  export interface SrfResponse extends EventEmitter, SipMessage {
    readonly stackDialogId: string | undefined;
    readonly finalResponseSent: boolean;
    send(
      status: number,
      reason: string | undefined,
      options: { headers?: Record<string, string>; body?: string },
      sent?: (error: Error | string | null, message?: SipMessage) => void,
    ): void;
  }

  /** Sends the ACK, or the PRACK of a reliable provisional answer. */
  export type Acknowledge = (options?: { body?: string; headers?: Record<string, string> }) => void;

  export interface AgentRequestOptions {
    method: string;
    uri?: string;
    headers?: Record<string, string>;
    body?: string;
    auth?: { username: string; password: string };
    stackDialogId?: string;
    stackTxnId?: string;
    _socket?: Socket;
  }

  export interface WireProtocol extends EventEmitter {
    closing?: boolean;
    socket?: Socket;
    readonly reconnectVars: { retryTimer: NodeJS.Timeout | null };
    readonly mapIncomingMsg: Map<Socket, { incomingMsg: Buffer }>;
    send(socket: Socket, message: string): string;
    _onData(socket: Socket, chunk: Buffer): void;
  }

  export interface Agent {
    readonly wp: WireProtocol;
    readonly mapServer: Map<
      Socket,
      {
        readonly authenticated: boolean;
        readonly pendingRequests: Map<string, (token: string[]) => void>;
        readonly pendingSipRequests: Map<string, unknown>;
        readonly pendingNetworkInvites: Map<string, unknown>;
      }
    >;
    request(options: AgentRequestOptions, sent: (error: Error | null, request?: SrfRequest) => void): void;
    removeRoute(verb: string): void;
    _onMsg(socket: Socket, message: string): void;
  }

  export type Middleware = (request: SrfRequest, response: SrfResponse, next: () => void) => void;

  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose export an ES module imports as its default.
  export default class Srf extends EventEmitter {
    constructor(tags?: readonly string[]);
    readonly app: { readonly client: Agent };
    connect(options: {
      host: string;
      port: number;
      secret: string;
      reconnect: { retryMaxDelay: number };
      enablePing: false;
    }): void;
    use(middleware: Middleware): void;
    invite(middleware: Middleware): void;
    options(middleware: Middleware): void;
  }
}
