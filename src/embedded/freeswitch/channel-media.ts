/**
 * The media side of one channel: what plays, what it is bridged with, when a play ended. Sits between the channel's
 * loop, which must see ends as facts it can look up, and the media session, whose ends come as events.
 */
import type { MediaEvent, MediaSession, PlayEnd, PlayRequest } from '../media/media-port.js';

/** One play; `end` is null until the media engine has reported it. */
export interface Playing {
  readonly playId: number;
  readonly startedMs: number;
  end: PlayEnd | null;
  playedMs: number;
}

/** A recording that runs; the variables of its command are shown in its events. */
export interface ActiveRecording {
  readonly path: string;
  readonly variables: ReadonlyMap<string, string>;
  /** Made by `uuid_record` or `record_session`, not by the application `record`. */
  readonly isSession: boolean;
}

export class ChannelMedia {
  readonly session: MediaSession;
  /** Counts up with each play, so that a loop sees that another play took its place. */
  playsStarted = 0;
  readonly #plays = new Map<number, Playing>();
  #partner: ChannelMedia | null = null;

  constructor(session: MediaSession) {
    this.session = session;
  }

  playCount(): number {
    return this.#plays.size;
  }

  /** Starts a play in place of what plays now. Inside a bridge it suspends both directions while it lasts, as in FreeSWITCH. */
  play(request: PlayRequest): Playing {
    this.playsStarted += 1;
    const playing: Playing = {
      playId: this.session.play(request),
      startedMs: performance.now(),
      end: null,
      playedMs: 0,
    };
    this.#plays.set(playing.playId, playing);
    return playing;
  }

  /** Stops a play if it still runs and forgets it. */
  endPlay(playing: Playing): void {
    if (playing.end === null) {
      // Its end has not come yet; what has passed is what was heard.
      playing.playedMs = performance.now() - playing.startedMs;
      this.session.stopPlay();
    }
    this.#plays.delete(playing.playId);
  }

  /** Takes the events that concern a play; the caller wakes the channel. */
  onEvent(event: MediaEvent): void {
    if (event.type !== 'play-end') return;
    const playing = this.#plays.get(event.playId);
    if (playing === undefined) return;
    playing.end = event.end;
    playing.playedMs = event.playedMs;
    this.#plays.delete(event.playId);
  }

  bridge(partner: ChannelMedia): void {
    this.unbridge();
    partner.unbridge();
    this.#partner = partner;
    partner.#partner = this;
    this.session.bridge(partner.session);
  }

  /** Ends the bridge for both sides; safe to call from both. */
  unbridge(): void {
    const partner = this.#partner;
    if (partner === null) return;
    partner.#partner = null;
    this.#partner = null;
    this.session.unbridge();
  }

  async close(): Promise<void> {
    this.unbridge();
    this.#plays.clear();
    await this.session.close();
  }
}
