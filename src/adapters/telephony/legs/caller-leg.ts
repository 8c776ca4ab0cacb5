/** The caller's leg as the flow sees it. Made by answer-call.ts when the caller has acknowledged the answer. */
import type {
  Listened,
  ListenRequest,
  PlayRequest,
  VoicemailRequest,
} from '../../../application/ports/caller-sound.js';
import type { FaxReception, FaxRequest } from '../../../application/ports/fax-reception.js';
import type {
  BridgeOutcome,
  BuyerLeg,
  CallerLeg,
  CallerTreatment,
  LegEnd,
  LegMove,
  RecordingEnd,
  RecordingOutcome,
  VoicemailOutcome,
} from '../../../application/ports/telephony.js';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import { messageOf } from '../deadline.js';
import { LINK_CHECKED, LINK_REGAINED } from '../event-socket/channel-event.js';
import { isPlayable } from '../event-socket/event-socket-command.js';
import type { TelephonyContext } from '../telephony-context.js';
import { bridgeLegs } from './bridge-legs.js';
import { AnsweredBuyerLeg } from './buyer-leg.js';
import { listenToCaller } from './listen-to-caller.js';
import type { MediaLeg } from './media-leg.js';
import { partLegs } from './part-legs.js';
import { playPrompt } from './play-prompt.js';
import { receiveFax } from './receive-fax.js';
import { movedCallerHeaders } from './treatment-headers.js';

export class AnsweredCallerLeg implements CallerLeg {
  readonly greeted: Promise<void>;
  readonly #context: TelephonyContext;
  readonly #media: MediaLeg;
  #afterwards: 'hold' | 'ending';
  #isGreeted = false;
  #prompts = 0;

  constructor(
    context: TelephonyContext,
    media: MediaLeg,
    treatment: CallerTreatment | { readonly recordPath: null; readonly afterwards: 'hold' | 'ending' },
  ) {
    const whole = 'afterwards' in treatment ? null : treatment;
    this.#afterwards = 'afterwards' in treatment ? treatment.afterwards : 'hold';
    this.#context = context;
    this.#media = media;
    if (treatment.recordPath !== null) media.recordings.expect(treatment.recordPath);
    media.renewal = { user: 'caller', headers: () => movedCallerHeaders(media.callId, whole, this.#isGreeted) };
    this.greeted = new Promise((settle) => {
      let checks = 0;
      const forget = media.channel.listen((event) => {
        // Nobody else sets a limit to the greeting: its end, dropped on its way, would leave him in the music for ever.
        if (event === LINK_CHECKED) {
          checks += 1;
          if (checks > 1) void media.resync();
        }
        // Whoever has been sent to the music was greeted before, perhaps by another process.
        if (event.name === 'ringpost::greeted' || event.name === 'ringpost::held') resolve();
      });
      const resolve = (): void => {
        this.#isGreeted = true;
        forget();
        settle();
      };
      void media.ended.then(() => resolve());
      // A short greeting is over before the leg stands, when the journal or the machine is slow.
      if (media.channel.hasHeard('ringpost::greeted')) resolve();
      media.onResync = async () => {
        // The event may have been missed: music plays only after it, and a flow begins.
        const { channel } = media;
        const isFlow = await channel.tell('getvar', 'ringpost_prompted');
        if (/^\d+$/.test(isFlow.trim()) || (await channel.has('current_application', 'loop_playback'))) resolve();
      };
      // The link was away before the leg stood in the table of those that are asked.
      if (media.channel.hasHeard(LINK_REGAINED.name)) void media.resync();
    });
  }

  /** What follows when the buyer leaves first. */
  get afterwards(): 'hold' | 'ending' {
    return this.#afterwards;
  }

  get legId(): string {
    return this.#media.legId;
  }

  get channelId(): string {
    return this.#media.channel.id;
  }

  get mediaServer(): string {
    return this.#media.mediaServer;
  }

  get ended(): Promise<LegEnd> {
    return this.#media.ended;
  }

  get hasEnded(): boolean {
    return this.#media.hasEnded;
  }

  readonly onDtmf = (listener: (digit: string) => void): void => this.#media.onDigit(listener);

  async bridge(buyer: BuyerLeg, afterwards: 'hold' | 'ending'): Promise<BridgeOutcome> {
    if (!(buyer instanceof AnsweredBuyerLeg)) return { kind: 'failed', detail: 'the buyer belongs to another engine' };
    this.#afterwards = afterwards;
    return await bridgeLegs(this.#context, { caller: this.#media, buyer, afterwards: () => this.#afterwards });
  }

  onMoved(listener: (move: LegMove) => void): void {
    this.#media.onMoved = (from, gapMs) => listener({ from, to: this.mediaServer, gapMs });
  }

  async setAfterBridge(afterwards: 'hold' | 'ending'): Promise<void> {
    this.#afterwards = afterwards;
    await this.#media.channel.tell('setvar', 'transfer_after_bridge', `${afterwards}:XML:ringpost`);
  }

  /** A prompt that is cut off because its server has gone is said again, from its beginning. */
  async play(request: PlayRequest): Promise<void> {
    if (this.hasEnded) return;
    this.#prompts += 1;
    const number = this.#prompts;
    this.#renewWith(() => playPrompt(this.#media, number, request));
    try {
      await playPrompt(this.#media, number, request);
    } catch (error) {
      // The flow goes on without it, and asks for keys all the same.
      if (!this.hasEnded) this.#context.log.error({ detail: messageOf(error) }, 'a prompt could not be played');
    }
  }

  listen(request: ListenRequest): Promise<Listened> {
    return listenToCaller(this.#media, request);
  }

  async hold(hearsKeys = false): Promise<void> {
    if (this.hasEnded) return;
    this.#renewWith(null);
    try {
      await Promise.all([
        this.#hearOut(),
        this.#media.channel.tell('transfer', hearsKeys ? 'listen' : 'hold', 'XML', 'ringpost'),
      ]);
    } catch (error) {
      if (!this.hasEnded) this.#context.log.error({ detail: messageOf(error) }, 'a caller could not be put on hold');
    }
  }

  /** A message that is cut off because its server has gone is said again, from its beginning. */
  async playMessage(path: string): Promise<LegEnd> {
    const play = async (): Promise<void> => {
      await Promise.all([
        this.#hearOut(),
        this.#media.channel.tell('setvar', 'ringpost_message', playable(path)),
        this.#media.channel.tell('transfer', 'message', 'XML', 'ringpost'),
      ]);
    };
    this.#renewWith(play);
    try {
      await play();
    } catch (error) {
      await this.#giveUp('a message could not be played', error);
    }
    return await this.ended;
  }

  async takeVoicemail(request: VoicemailRequest): Promise<VoicemailOutcome> {
    const { channel, recordings } = this.#media;
    const { greetingPath, recordPath, limitMs } = request;
    // What he has said is in the file of the server that took it; a second part of it is nothing that he could know of.
    this.#media.renewal = null;
    try {
      recordings.expect(playable(recordPath));
      const commands = [
        this.#hearOut(),
        channel.tell('setvar', 'ringpost_voicemail_file', recordPath),
        channel.tell('setvar', 'ringpost_voicemail_limit_s', String(Math.max(1, Math.ceil(limitMs / 1_000)))),
        // The application `record` knows this switch alone, and keeps 4 s back else, which would die with FreeSWITCH.
        channel.tell('setvar', 'enable_file_write_buffering', 'false'),
      ];
      if (greetingPath !== null) {
        commands.push(channel.tell('setvar', 'ringpost_voicemail_greeting', playable(greetingPath)));
      }
      commands.push(channel.tell('transfer', 'voicemail', 'XML', 'ringpost'));
      await Promise.all(commands);
    } catch (error) {
      await this.#giveUp('voicemail could not be taken', error);
    }
    const end = await this.ended;
    const recorded = await recordings.end(recordPath);
    const { durationMs } = recorded;
    return { end, durationMs: durationMs === null && end.by !== 'link' ? 0 : durationMs };
  }

  receiveFax(request: FaxRequest): Promise<FaxReception> {
    return receiveFax(this.#context, this.#media, request);
  }

  async part(partner: BuyerLeg): Promise<void> {
    if (!(partner instanceof AnsweredBuyerLeg)) throw new TypeError('the partner belongs to another engine');
    this.#afterwards = 'hold';
    await partLegs(this.#context, this.#media, partner.media);
  }

  startRecording(path: string, lasts = false): Promise<RecordingOutcome> {
    return this.#media.recordings.start(path, lasts);
  }

  stopRecording(path: string): Promise<RecordingEnd> {
    return this.#media.recordings.stop(path);
  }

  maskRecording(path: string, masked: boolean): Promise<void> {
    return this.#media.recordings.mask(path, masked);
  }

  async sendDtmf(digits: string): Promise<void> {
    if (!/^[0-9A-D*#]{1,32}$/.test(digits)) throw new RangeError('not DTMF digits');
    await this.#media.channel.tell('send_dtmf', digits);
  }

  hangup(cause: HangupCause): Promise<void> {
    return this.#media.hangup(cause);
  }

  /** No key cuts short what is played from now on: a prompt that a key has ended may not have said so yet. */
  async #hearOut(): Promise<unknown> {
    return this.#prompts === 0 ? null : await this.#media.channel.tell('setvar', 'playback_terminators', 'none');
  }

  /** What is done again on another server, when this one is gone. */
  #renewWith(afterwards: (() => Promise<void>) | null): void {
    const { renewal } = this.#media;
    if (renewal === null) return;
    const { user, headers } = renewal;
    this.#media.renewal = afterwards === null ? { user, headers } : { user, headers, afterwards };
  }

  async #giveUp(sentence: string, error: unknown): Promise<void> {
    if (this.hasEnded) return;
    this.#context.log.error({ detail: messageOf(error) }, sentence);
    await this.hangup('NORMAL_TEMPORARY_FAILURE');
  }
}

/** Throws RangeError for a path that FreeSWITCH must not see. */
function playable(path: string): string {
  if (!isPlayable(path)) throw new RangeError('a path has characters that FreeSWITCH would not take');
  return path;
}
