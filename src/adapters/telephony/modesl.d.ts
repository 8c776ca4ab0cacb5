/** The part of modesl 1.2.1 that this folder uses; the package ships no types. */
declare module 'modesl' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface EslEvent {
    getHeader(name: string): string | null;
    getBody(): string;
  }

  export interface Parser {
    _parseEvent(headers: Readonly<Record<string, string | number>>, body?: string): void;
  }

  export class Connection extends EventEmitter {
    constructor(host: string, port: number, password: string, ready?: () => void);
    /** Null once the far end has closed it. */
    readonly socket: Socket | null;
    readonly parser: Parser;
    sendRecv(command: string, reply: (event: EslEvent) => void): void;
    api(command: string, args: string, reply: (event: EslEvent) => void): void;
  }

  const modesl: { readonly Connection: typeof Connection };
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose export an ES module imports as its default.
  export default modesl;
}
