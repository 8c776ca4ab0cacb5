/**
 * Media servers as drachtio-fsmrf sees them, for conferences: one connection each, with its heartbeats. Never on the path of an ordinary
 * call. The package throws inside its callbacks when the profile is missing and has no deadline of its own, so the profile is asked for
 * first, and its socket is read under a guard.
 */
import Mrf, { type MediaServer } from 'drachtio-fsmrf';
import { messageOf, withDeadline } from '../deadline.js';
import type { DrachtioLink } from '../drachtio/drachtio-link.js';
import { command } from '../event-socket/event-socket-command.js';
import type { EventSocketLink, MediaServerAddress } from '../event-socket/event-socket-link.js';
import type { TelephonyContext } from '../telephony-context.js';

/** As drachtio-fsmrf itself looks for it: anything else makes it throw. */
const PROFILE_FORM = /^\s*drachtio_mrf\s.*sip:mod_sofia@(?:[0-9]{1,3}\.){3}[0-9]{1,3}:\d+/m;

export class MediaServerPool {
  readonly #context: Pick<TelephonyContext, 'clock' | 'log' | 'deadlines'>;
  readonly #mrf: Mrf;
  readonly #servers = new Map<string, MediaServer>();

  constructor(context: Pick<TelephonyContext, 'clock' | 'log' | 'deadlines'>, drachtio: DrachtioLink) {
    this.#context = context;
    this.#mrf = new Mrf(drachtio.srf);
  }

  get names(): readonly string[] {
    return [...this.#servers.keys()];
  }

  /**
   * Connects to a server whose event socket is up; idempotent. Rejects with a sentence when it has no profile drachtio_mrf, refuses us or
   * does not answer. `listenAddress` is ours, where FreeSWITCH reaches the sockets of its legs.
   */
  async connect(server: MediaServerAddress, link: EventSocketLink, listenAddress: string): Promise<void> {
    if (this.#servers.has(server.name)) return;
    const status = await link.api(command('sofia', 'status'));
    if (!PROFILE_FORM.test(status)) throw new Error(`${server.name} has no SIP profile drachtio_mrf`);
    const { clock, deadlines } = this.#context;
    const connecting = this.#open(server, listenAddress);
    try {
      await withDeadline(clock, deadlines.commandMs, `connecting drachtio-fsmrf to ${server.name}`, connecting);
    } catch (error) {
      connecting.then((late) => late.disconnect()).catch(() => undefined);
      throw error;
    }
    const media = await connecting;
    this.#guard(server.name, media);
    this.#servers.set(server.name, media);
  }

  close(): void {
    for (const media of this.#servers.values()) media.disconnect();
    this.#servers.clear();
  }

  #open(server: MediaServerAddress, listenAddress: string): Promise<MediaServer> {
    const { eventSocketHost: address, eventSocketPort: port, password: secret } = server;
    return new Promise((resolve, reject) => {
      this.#mrf.connect({ address, port, secret, profile: 'drachtio_mrf', listenAddress }, (error, media) => {
        if (media === undefined) reject(error ?? new Error('drachtio-fsmrf gives no media server'));
        else resolve(media);
      });
    });
  }

  /** What it cannot parse costs this connection, which it opens again by itself. */
  #guard(name: string, media: MediaServer): void {
    const { log } = this.#context;
    media.on('error', (error: Error) =>
      log.warn({ mediaServer: name, detail: error.message }, 'drachtio-fsmrf reports an error'),
    );
    const { socket } = media.conn;
    if (socket === null) return;
    const [read] = socket.listeners('data');
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      try {
        read?.call(socket, chunk);
      } catch (error) {
        log.error({ mediaServer: name, detail: messageOf(error) }, 'drachtio-fsmrf could not read from a media server');
        socket.destroy();
      }
    });
  }
}
