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

/** Where a session lives. The number stands for its id in memory shared between threads. */
export interface SessionPlace {
  readonly worker: MediaWorkerClient;
  readonly number: number;
  readonly address: string;
  readonly rtpPort: number;
}

/** What a session needs of its engine. */
export interface SessionRegistry {
  find(sessionId: string): RemoteSession | null;
  forget(session: RemoteSession): void;
}

export class RemoteSession implements MediaSession {
  readonly id: string;
  readonly address: string;
  readonly rtpPort: number;
  readonly worker: MediaWorkerClient;
  readonly #number: number;
  readonly #registry: SessionRegistry;
  readonly #plays = new Set<number>();
  readonly #recordings = new Set<string>();
  #nextPlayId = 1;
  #bridgedWith: RemoteSession | null = null;
  #closing: Promise<void> | null = null;

  constructor(id: string, place: SessionPlace, registry: SessionRegistry) {
    this.id = id;
    this.address = place.address;
    this.rtpPort = place.rtpPort;
    this.worker = place.worker;
    this.#number = place.number;
    this.#registry = registry;
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
    const peer = this.#registry.find(other.id);
    if (peer === null || peer === this || this.#closing !== null) return;
    this.unbridge();
    peer.unbridge();
    this.#bridgedWith = peer;
    peer.#bridgedWith = this;
    if (this.worker === peer.worker) {
      this.worker.send({ type: 'bridge', sessionId: this.id, otherId: peer.id });
      return;
    }
    this.#bridgeAcross(peer);
    peer.#bridgeAcross(this);
  }

  unbridge(): void {
    const peer = this.#bridgedWith;
    if (peer === null) return;
    this.#bridgedWith = null;
    peer.#bridgedWith = null;
    this.worker.send({ type: 'unbridge', sessionId: this.id });
    if (peer.worker !== this.worker) peer.worker.send({ type: 'unbridge', sessionId: peer.id });
  }

  #bridgeAcross(peer: RemoteSession): void {
    const [otherWorker, otherNumber] = [peer.worker.number, peer.#number];
    this.worker.send({ type: 'bridge-across', sessionId: this.id, otherWorker, otherNumber });
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
    this.unbridge();
    // A dead worker's sockets are closed already.
    await this.worker.ask('close', { sessionId: this.id }).catch(() => null);
    this.#registry.forget(this);
  }
}
