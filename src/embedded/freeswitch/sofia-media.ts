/**
 * The offer/answer side of one SIP leg: its media session, what was agreed last, our description and its version. Used by
 * sofia-session.ts; it sends no SIP.
 */
import type { MediaEngine } from '../media/media-port.js';
import type { Channel } from './channel.js';
import { ChannelMedia } from './channel-media.js';
import {
  answerDirection,
  codecName,
  type Direction,
  parseDescription,
  type RemoteDescription,
  toRemoteMedia,
  writeAnswer,
  writeOffer,
} from './sdp.js';

export interface MediaTimeouts {
  /** Profile `rtp-timeout-sec`, in ms. */
  readonly talkMs: number;
  /** Profile `rtp-hold-timeout-sec`, in ms: for a leg whose peer has said that it sends nothing. */
  readonly holdMs: number;
}

export interface MediaOptions {
  /** Local address of RTP, and what our SDP says instead when a NAT stands before it. */
  readonly rtpAddress: string;
  readonly advertisedAddress: string;
  readonly timeouts: MediaTimeouts;
}

export class SofiaMedia {
  readonly #channel: Channel;
  readonly #options: MediaOptions;
  readonly #sessionId = Math.floor(Date.now() / 1000);
  #version = this.#sessionId + 1;
  #remote: RemoteDescription | null = null;
  #isActive = false;
  #localText = '';

  constructor(channel: Channel, options: MediaOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Takes a pair of ports. Rejects when there is none. */
  async open(engine: MediaEngine): Promise<void> {
    const session = await engine.createSession({ address: this.#options.rtpAddress });
    if (this.#channel.isDown) {
      await session.close();
      return;
    }
    this.#channel.media = new ChannelMedia(session);
  }

  get localText(): string {
    return this.#localText;
  }

  get hasRemote(): boolean {
    return this.#remote !== null;
  }

  /** Our offer; the direction stays what was agreed. */
  offer(): string {
    const direction = this.#remote === null ? 'sendrecv' : answerDirection(this.#remote.direction);
    this.#write((local) => writeOffer(local), direction);
    return this.#localText;
  }

  /** Takes the peer's offer and answers it; null: no common codec, and nothing has changed. */
  answer(sdp: string): string | null {
    const remote = this.#take(sdp);
    if (remote === null) return null;
    this.#write((local) => writeAnswer(local, remote), answerDirection(remote.direction));
    return this.#localText;
  }

  /** The peer's answer to our offer; false: no common codec. */
  takeAnswer(sdp: string): boolean {
    return this.#take(sdp) !== null;
  }

  /** Starts RTP towards the peer, or changes it. The order reaches the media thread before any later one. */
  activate(isAnswer: boolean): void {
    const { media } = this.#channel;
    if (media === null || this.#remote === null) return;
    this.#isActive = true;
    this.#setTimeout(this.#remote);
    // An address that cannot be sent to is silence on the wire, and then a media time-out; it is no fault of ours.
    media.session.setRemote(toRemoteMedia(this.#remote, isAnswer)).catch(() => undefined);
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  async close(): Promise<void> {
    const { media } = this.#channel;
    this.#channel.media = null;
    await media?.close().catch(() => undefined);
  }

  #take(sdp: string): RemoteDescription | null {
    const remote = parseDescription(sdp);
    if (remote === null) return null;
    this.#remote = remote;
    this.#channel.codec = { name: codecName(remote.payloadType), ptimeMs: remote.ptimeMs };
    const { variables } = this.#channel;
    variables.setChecked('switch_r_sdp', sdp);
    variables.set('remote_media_ip', remote.address);
    variables.set('remote_media_port', String(remote.port));
    variables.set('rtp_use_codec_name', codecName(remote.payloadType));
    variables.set('rtp_use_codec_rate', '8000');
    variables.set('rtp_use_codec_ptime', String(remote.ptimeMs));
    variables.set('remote_audio_media_flow', remote.direction);
    variables.set('audio_media_flow', answerDirection(remote.direction));
    for (const way of ['read', 'write']) {
      variables.set(`${way}_codec`, codecName(remote.payloadType));
      variables.set(`${way}_rate`, '8000');
    }
    variables.set('dtmf_type', remote.telephoneEventPayloadType === null ? 'info' : 'rfc2833');
    return remote;
  }

  /** Each description of ours has a version of its own (RFC 3264 section 8). */
  #write(writer: (local: Parameters<typeof writeOffer>[0]) => string, direction: Direction): void {
    const { media, variables } = this.#channel;
    if (media === null) return;
    const { rtpPort } = media.session;
    const address = this.#options.advertisedAddress;
    this.#localText = writer({ address, port: rtpPort, sessionId: this.#sessionId, version: this.#version, direction });
    this.#version += 1;
    variables.set('rtp_local_sdp_str', this.#localText);
    variables.set('local_media_ip', this.#options.rtpAddress);
    variables.set('advertised_media_ip', address);
    variables.set('local_media_port', String(rtpPort));
  }

  /** `media_timeout` in ms, read whenever media is agreed; else the profile's. */
  #setTimeout(remote: RemoteDescription): void {
    const text = this.#channel.variables.get('media_timeout');
    const own = Number.parseInt(text ?? '', 10);
    const isSilent = remote.direction === 'inactive' || remote.direction === 'recvonly';
    const { holdMs, talkMs } = this.#options.timeouts;
    const spoken = own > 0 ? own : talkMs;
    const timeoutMs = isSilent ? holdMs : spoken;
    this.#channel.media?.session.setMediaTimeout(timeoutMs);
  }
}
