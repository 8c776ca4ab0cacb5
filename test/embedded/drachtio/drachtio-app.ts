/** drachtio-srf with the types that its own declarations leave out: as much as the tests use. */
import Srf from 'drachtio-srf';

export interface AppMessage {
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  readonly uri: string;
  readonly body: string;
  readonly raw: string;
  readonly headers: Readonly<Record<string, string>>;
  get(name: string): string;
  has(name: string): boolean;
}

export interface AppResponse extends AppMessage {
  send(status: number, options: SendOptions, done: Done<AppMessage>, onPrack?: (prack: AppRequest) => void): void;
  send(status: number, done: Done<AppMessage>): void;
  send(status: number, options?: SendOptions): void;
}

type Done<Value> = (error: unknown, value: Value) => void;

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface AppRequest extends AppMessage {
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly receivedOn: string;
  on(event: string, listener: (...values: never[]) => void): this;
  cancel(done?: Done<AppRequest>): void;
  proxy(options: { readonly destination: string }): Promise<unknown>;
}

export interface AppDialog {
  readonly id: string;
  readonly local: { readonly sdp: string; readonly uri: string; readonly contact: string };
  readonly remote: { readonly sdp: string; readonly uri: string };
  readonly connected: boolean;
  on(event: 'destroy', listener: (request: AppRequest, reason: string) => void): this;
  on(event: string, listener: (request: AppRequest, response: AppResponse) => void): this;
  destroy(options?: SendOptions): Promise<AppRequest>;
  modify(sdp: string): Promise<string>;
  request(options: SendOptions & { readonly method: string }): Promise<AppResponse>;
}

export interface CallOptions extends SendOptions {
  readonly localSdp?: string | undefined;
  readonly noAck?: boolean;
  readonly proxy?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  readonly auth?: { readonly username: string; readonly password: string };
}

export interface UacCallbacks {
  readonly cbRequest?: (error: unknown, request: AppRequest) => void;
  readonly cbProvisional?: (response: AppResponse) => void;
}

export interface UnackedCall {
  readonly sdp: string;
  ack(sdp: string): Promise<AppDialog>;
}

/** Handlers may be asynchronous. */
type Verb = (handler: (request: AppRequest, response: AppResponse) => unknown) => void;

export interface DrachtioApp {
  invite: Verb;
  options: Verb;
  message: Verb;
  on(event: string, listener: (...values: never[]) => void): this;
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    readonly reconnect?: { readonly maxAttempts: number };
    readonly tags?: readonly string[];
  }): void;
  disconnect(): void;
  createUAS(request: AppRequest, response: AppResponse, options: CallOptions): Promise<AppDialog>;
  createUAC(uri: string, options: CallOptions, callbacks?: UacCallbacks): Promise<AppDialog & UnackedCall>;
  createB2BUA(
    request: AppRequest,
    response: AppResponse,
    uri: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly uas: AppDialog; readonly uac: AppDialog }>;
  request(uri: string, options: SendOptions & { readonly method: string }, done: Done<AppRequest>): void;
}

export function createApp(): DrachtioApp {
  return new Srf() as unknown as DrachtioApp;
}
