/**
 * The engine's handle of one session that lives in a media worker. It remembers what plays and what records, so that
 * their ends are reported even when the worker dies. It does no media work itself.
 */

import { errorSentence } from './media-errors.js';
import type {
  MediaEvent,
  MediaSession,
  MediaStats,
  PlayRequest,
  RecordEnd,
  RecordRequest,
  RemoteMedia,
} from './media-port.js';
import type { MediaWorkerClient } from './media-worker-client.js';

export class RemoteSession implements MediaSession {
  readonly id: string;
  readonly address: string;
  readonly rtpPort: number;
  readonly worker: MediaWorkerClient;
  readonly #onClosed: (session: RemoteSession) => void;
  readonly #plays = new Set<number>();
  readonly #recordings = new Set<string>();
  #nextPlayId = 1;
  #closing: Promise<void> | null = null;

  constructor(
    id: string,
    address: string,
    rtpPort: number,
    worker: MediaWorkerClient,
    onClosed: (session: RemoteSession) => void,
  ) {
    this.id = id;
    this.address = address;
    this.rtpPort = rtpPort;
    this.worker = worker;
    this.#onClosed = onClosed;
  }

  async setRemote(remote: RemoteMedia): Promise<void> {
    await this.worker.ask('set-remote', { sessionId: this.id, remote });
  }

  setMediaTimeout(timeoutMs: number): void {
    this.worker.send({ type: 'set-media-timeout', sessionId: this.id, timeoutMs });
  }

  play(request: PlayRequest): number {
    const playId = this.#nextPlayId;
    this.#nextPlayId += 1;
    this.#plays.add(playId);
    this.worker.send({ type: 'play', sessionId: this.id, playId, request });
    return playId;
  }

  stopPlay(): void {
    this.worker.send({ type: 'stop-play', sessionId: this.id });
  }

  sendDtmf(digits: string, durationMs: number): void {
    this.worker.send({ type: 'send-dtmf', sessionId: this.id, digits, durationMs });
  }

  async startRecording(request: RecordRequest): Promise<{ ok: true } | { ok: false; error: string }> {
    this.#recordings.add(request.path);
    try {
      await this.worker.ask('start-recording', { sessionId: this.id, request });
      return { ok: true };
    } catch (error) {
      this.#recordings.delete(request.path);
      return { ok: false, error: errorSentence(error) };
    }
  }

  async stopRecording(path: string): Promise<RecordEnd | null> {
    return this.worker.ask('stop-recording', { sessionId: this.id, path }).catch(() => null);
  }

  async maskRecording(path: string, masked: boolean): Promise<boolean> {
    return this.worker.ask('mask-recording', { sessionId: this.id, path, masked }).catch(() => false);
  }

  bridge(other: MediaSession): void {
    this.worker.send({ type: 'bridge', sessionId: this.id, otherId: other.id });
  }

  unbridge(): void {
    this.worker.send({ type: 'unbridge', sessionId: this.id });
  }

  stats(): Promise<MediaStats> {
    return this.worker.ask('stats', { sessionId: this.id });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Keeps account of what has ended. */
  note(event: MediaEvent): void {
    if (event.type === 'play-end') this.#plays.delete(event.playId);
    else if (event.type === 'record-end') this.#recordings.delete(event.end.path);
  }

  /** The ends of all that was under way when the worker died. */
  endsAtDeath(error: string): MediaEvent[] {
    const sessionId = this.id;
    const plays = [...this.#plays].map(
      (playId): MediaEvent => ({ type: 'play-end', sessionId, playId, end: 'failed', playedMs: 0 }),
    );
    const recordings = [...this.#recordings].map((path): MediaEvent => {
      const end: RecordEnd = { path, durationMs: 0, samples: 0, reason: 'error', error };
      return { type: 'record-end', sessionId, end };
    });
    return [...plays, ...recordings];
  }

  async #close(): Promise<void> {
    // A dead worker's sockets are closed already.
    await this.worker.ask('close', { sessionId: this.id }).catch(() => null);
    this.#onClosed(this);
  }
}
