/**
 * Pauses and resumes the recording of one call, by whom the timeline says. A paused recording goes on as silence, so that it keeps
 * its time. That it is paused is written before it is acted on: whoever carries the call on keeps it paused. The routes of the API
 * reach it through the live calls, the talk by the keys of the buyer.
 */

import type { CallerLeg } from '../ports/telephony.js';
import type { CallJournal } from './call-journal.js';

export type RecordingSwitchOutcome =
  | { readonly kind: 'done'; readonly recordingId: string; readonly isPaused: boolean }
  | { readonly kind: 'not-recording' }
  /** The media server did not do it: the recording goes on as it was, as far as anybody knows. */
  | { readonly kind: 'failed'; readonly detail: string };

/** What is known of it here: its row, and the file that is asked to be silent. */
interface RunningRecording {
  readonly id: string;
  readonly path: string;
}

interface Running {
  readonly leg: CallerLeg;
  readonly recording: RunningRecording;
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class RecordingSwitch {
  readonly #journal: CallJournal;
  #running: Running | null = null;
  /** One at a time, in the order in which they were asked for. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(journal: CallJournal) {
    this.#journal = journal;
  }

  get isPaused(): boolean {
    return this.#journal.pausedBy !== null;
  }

  /** A recording runs from now on; a call that was paused stays so, also in its next recording. Never rejects. */
  async began(leg: CallerLeg, recording: RunningRecording): Promise<void> {
    this.#running = { leg, recording };
    const { pausedBy } = this.#journal;
    if (pausedBy === null) return;
    await this.#queued(async () => {
      try {
        await leg.maskRecording(recording.path, true);
        this.#journal.step('recording-paused', `the recording stays paused, as ${pausedBy} asked for`, {
          recordingId: recording.id,
          by: pausedBy,
        });
      } catch (error) {
        this.#journal.alarm('recording-pause', `a recording could not be kept paused: ${sentenceOf(error)}`);
      }
    });
  }

  /** It is stopped, or about to be. */
  ended(recording: RunningRecording): void {
    if (this.#running?.recording.id === recording.id) this.#running = null;
  }

  /** `by` names who asked, for people. Never rejects. */
  pause(by: string): Promise<RecordingSwitchOutcome> {
    return this.#queued(() => this.#turn(true, by));
  }

  resume(by: string): Promise<RecordingSwitchOutcome> {
    return this.#queued(() => this.#turn(false, by));
  }

  toggle(by: string): Promise<RecordingSwitchOutcome> {
    return this.#queued(() => this.#turn(!this.isPaused, by));
  }

  #queued<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    const turn = this.#last.then(work);
    this.#last = turn;
    return turn;
  }

  async #turn(isPaused: boolean, by: string): Promise<RecordingSwitchOutcome> {
    const running = this.#running;
    if (running === null) return { kind: 'not-recording' };
    const { leg, recording } = running;
    const done = { kind: 'done', recordingId: recording.id, isPaused } as const;
    if (isPaused === this.isPaused) return done;
    const before = this.#journal.pausedBy;
    // A process that dies in between leaves a call that is paused once too often, never one that records what it must not.
    if (isPaused) this.#journal.pauseRecording(by);
    try {
      await leg.maskRecording(recording.path, isPaused);
    } catch (error) {
      this.#journal.pauseRecording(before);
      const detail = sentenceOf(error);
      this.#journal.alarm(
        'recording-pause',
        `the recording could not be ${isPaused ? 'paused' : 'resumed'}: ${detail}`,
      );
      return { kind: 'failed', detail };
    }
    const data = { recordingId: recording.id, by };
    if (isPaused) this.#journal.step('recording-paused', `recording paused by ${by}`, data);
    else this.#journal.step('recording-resumed', `recording resumed by ${by}`, data);
    this.#journal.pauseRecording(isPaused ? by : null);
    return done;
  }
}
