/** The part of drachtio-fsmrf 5.0.1 that this folder uses; the package ships no types. */
declare module 'drachtio-fsmrf' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type Srf from 'drachtio-srf';

  export interface MediaServer extends EventEmitter {
    readonly conn: EventEmitter & { readonly socket: Socket | null };
    /** Only after `ready`. */
    readonly sip: { readonly ipv4: { readonly udp: { readonly address?: string } } };
    readonly maxSessions: number;
    readonly currentSessions: number;
    disconnect(): void;
  }

  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose export an ES module imports as its default.
  export default class Mrf {
    constructor(srf: Srf);
    connect(
      options: { address: string; port: number; secret: string; profile: string; listenAddress: string },
      connected: (error: Error | null, server?: MediaServer) => void,
    ): void;
  }
}
