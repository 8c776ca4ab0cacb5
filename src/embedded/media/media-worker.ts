/**
 * A media thread: carries out the engine's commands on its sessions and drives them all with one clock. Started by the
 * engine only. A refused command is answered; nothing that a peer sends can end the thread.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { AudioLibrary } from './audio-library.js';
import { MediaClock, PHASES } from './media-clock.js';
import { errorCode, errorSentence, MediaError } from './media-errors.js';
import type { MediaEvent, PlayRequest } from './media-port.js';
import type {
  MediaAnswer,
  MediaCommand,
  MediaMessage,
  MediaOrder,
  MediaQuestion,
  MediaQuestions,
  MediaWorkerOptions,
} from './media-protocol.js';
import { openSource } from './play-source.js';
import { RelayLinks } from './relay-links.js';
import { RtpSession } from './rtp-session.js';
import { RtpTransport } from './rtp-transport.js';
import { Tap } from './tap.js';

class MediaWorker {
  readonly #library: AudioLibrary;
  readonly #sessions = new Map<string, RtpSession>();
  readonly #phases: RtpSession[][] = Array.from({ length: PHASES }, () => []);
  /** Both directions of every bridge. */
  readonly #bridges = new Map<RtpSession, RtpSession>();
  /** Sessions that are closed but whose recordings are still being completed. */
  readonly #finishing = new Set<Promise<void>>();
  readonly #links = new RelayLinks();
  readonly #clock: MediaClock;

  constructor(options: MediaWorkerOptions) {
    this.#library = new AudioLibrary(options.cacheMaxBytes, options.maxFileMs);
    this.#library.warmUp();
    this.#clock = new MediaClock((phase, dueMs, isLate) => {
      this.#links.drain();
      for (const session of this.#phases[phase] ?? []) this.#tick(session, dueMs, isLate);
    });
  }

  carryOut(command: MediaCommand): void {
    if (command.type === 'link') {
      this.#links.link(command.worker, command.outgoing, command.incoming);
      return;
    }
    if (!('requestId' in command)) {
      this.#take(command);
      return;
    }
    const { requestId } = command;
    this.#answer(command).then(
      (value) => post({ type: 'answer', requestId, value }),
      (error: unknown) => post({ type: 'refusal', requestId, error: errorSentence(error), code: errorCode(error) }),
    );
  }

  #take(order: MediaOrder): void {
    const session = this.#sessions.get(order.sessionId);
    if (session === undefined) {
      refuse(order);
      return;
    }
    try {
      this.#obey(session, order);
    } catch (error) {
      this.#fault(session, error);
    }
  }

  #tick(session: RtpSession, dueMs: number, isLate: boolean): void {
    try {
      session.tick(dueMs, isLate);
    } catch (error) {
      this.#fault(session, error);
    }
  }

  /** A bug of ours costs its own session and no other. */
  #fault(session: RtpSession, error: unknown): void {
    if (!this.#sessions.has(session.id)) return;
    void this.#close(session).catch(() => null);
    post({ type: 'fault', sessionId: session.id, error: errorSentence(error) });
  }

  #obey(session: RtpSession, order: MediaOrder): void {
    switch (order.type) {
      case 'set-media-timeout':
        session.setMediaTimeout(order.timeoutMs);
        return;
      case 'play':
        this.#play(session, order.playId, order.request);
        return;
      case 'stop-play':
        session.stopPlay();
        return;
      case 'send-dtmf':
        session.sendDtmf(order.digits, order.durationMs);
        return;
      case 'bridge':
        this.#bridge(session, this.#sessions.get(order.otherId));
        return;
      case 'bridge-across':
        this.#unbridge(session);
        session.setPeer(this.#links.join(session.number, session, order.otherWorker, order.otherNumber));
        return;
      case 'unbridge':
        this.#unbridge(session);
        return;
    }
  }

  #play(session: RtpSession, playId: number, request: PlayRequest): void {
    const { source } = request;
    const other = source.kind === 'tap' ? this.#sessions.get(source.sessionId) : undefined;
    if (source.kind !== 'tap' || other === undefined || other === session) {
      session.play(playId, request, openSource(source, this.#library));
      return;
    }
    const tap = new Tap(source.manner, (closed) => other.removeTap(closed));
    other.addTap(tap);
    session.listen(playId, request, tap);
  }

  async #answer(question: MediaQuestion): Promise<MediaAnswer> {
    if (question.type === 'open') return this.#open(question);
    if (question.type === 'shut-down') return this.#shutDown();
    const session = this.#sessions.get(question.sessionId);
    if (question.type === 'close') return session === undefined ? null : this.#close(session);
    if (session === undefined) throw new MediaError('the session is closed');
    switch (question.type) {
      case 'set-remote':
        session.setRemote(question.remote);
        return null;
      case 'start-recording':
        await session.recordings.start(question.request);
        return null;
      case 'stop-recording':
        return session.recordings.stop(question.path);
      case 'mask-recording':
        return session.recordings.mask(question.path, question.masked);
      case 'stats':
        return session.stats();
    }
  }

  async #open({ sessionId, number, address, rtpPort }: MediaQuestions['open']['ask']): Promise<null> {
    const transport = await RtpTransport.open(address, rtpPort);
    const phase = this.#emptiestPhase();
    const session = new RtpSession({ id: sessionId, number, phase }, transport, emit, (faulty, error) =>
      this.#fault(faulty, error),
    );
    this.#sessions.set(sessionId, session);
    this.#phases[phase]?.push(session);
    return null;
  }

  #emptiestPhase(): number {
    const sizes = this.#phases.map((sessions) => sessions.length);
    return sizes.indexOf(Math.min(...sizes));
  }

  #bridge(session: RtpSession, other: RtpSession | undefined): void {
    if (other === undefined || other === session) return;
    this.#unbridge(session);
    this.#unbridge(other);
    this.#bridges.set(session, other).set(other, session);
    session.setPeer(other);
    other.setPeer(session);
  }

  #unbridge(session: RtpSession): void {
    this.#links.part(session.number);
    const other = this.#bridges.get(session);
    session.setPeer(null);
    if (other === undefined) return;
    this.#bridges.delete(session);
    this.#bridges.delete(other);
    other.setPeer(null);
  }

  async #close(session: RtpSession): Promise<null> {
    this.#unbridge(session);
    this.#sessions.delete(session.id);
    const sessions = this.#phases[session.phase] ?? [];
    const index = sessions.indexOf(session);
    if (index >= 0) sessions.splice(index, 1);
    const closing = session.close();
    const finishing = session.recordings.ended().finally(() => this.#finishing.delete(finishing));
    this.#finishing.add(finishing);
    await closing;
    return null;
  }

  async #shutDown(): Promise<null> {
    await Promise.all([...this.#sessions.values()].map((session) => this.#close(session)));
    await Promise.all(this.#finishing);
    this.#clock.stop();
    await this.#library.close();
    return null;
  }
}

function post(message: MediaMessage): void {
  parentPort?.postMessage(message);
}

function emit(event: MediaEvent): void {
  post({ type: 'event', event });
}

/** Orders to a session that is closed already; a play still has its end. */
function refuse(order: MediaOrder): void {
  if (order.type !== 'play') return;
  const { sessionId, playId } = order;
  emit({ type: 'play-end', sessionId, playId, end: 'failed', playedMs: 0 });
}

const worker = new MediaWorker(workerData as MediaWorkerOptions);
parentPort?.on('message', (command: MediaCommand) => worker.carryOut(command));
