/**
 * A party of the end-to-end tests, such as a caller or a buyer: SIPp does its SIP, a tone phone its audio. The phone's address goes into the scenario's
 * SDP, and the far end's address is taken from the SDP that SIPp receives, so signalling and audio are each done by who can judge them.
 */
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { keepSip } from '../engines/keep-sip.js';
import { mediaOf } from '../support/sipp-messages.js';
import { type SippOptions, SippRun } from '../support/sipp-run.js';
import { AGENT_HZ, BUYER_HZ, CALLER_HZ, SUPERVISOR_HZ } from './tone-prompts.js';

const PHONE_ADDRESS = '127.0.0.1';
/** Below this a tone is not there; the tones of the parties arrive at about -10 dB. */
const SILENT_DB = -45;

const TONES_HZ = { caller: CALLER_HZ, buyer: BUYER_HZ, agent: AGENT_HZ, supervisor: SUPERVISOR_HZ } as const;

/** By whom it is played: each sends a tone of its own. */
export type PartyRole = keyof typeof TONES_HZ;

export class SippParty {
  readonly run: SippRun;
  readonly phone: TonePhoneMedia;

  readonly #role: PartyRole;

  private constructor(role: PartyRole, run: SippRun, phone: TonePhoneMedia) {
    this.#role = role;
    this.run = run;
    this.phone = phone;
  }

  static async start(role: PartyRole, options: SippOptions): Promise<SippParty> {
    const phone = await TonePhoneMedia.open({ address: PHONE_ADDRESS, toneHz: TONES_HZ[role] });
    const keys = { phone_ip: PHONE_ADDRESS, phone_port: phone.port, ...options.keys };
    try {
      const party = new SippParty(role, await SippRun.start({ ...options, keys }), phone);
      void party.#followMedia();
      // Whoever has hung up is silent: his far end's port may be that of somebody else by now, in another file's switch.
      void party.run.ended.then(() => phone.setSending(false));
      return party;
    } catch (error) {
      await phone.close();
      throw error;
    }
  }

  /** True once a tone is heard; false when the call ends without it. */
  hears(hz: number): Promise<boolean> {
    return Promise.race([this.phone.hears(hz).then(() => true), this.run.ended.then(() => false)]);
  }

  /** Settles when so many more packets have arrived, or the call has ended. */
  async receives(packets: number): Promise<void> {
    await Promise.race([this.phone.receives(packets), this.run.ended]);
  }

  isSilentAt(hz: number): boolean {
    return this.phone.levelDb(hz) < SILENT_DB;
  }

  async stop(): Promise<void> {
    await this.run.stop();
    keepSip(this.#role === 'caller' ? 'caller' : 'buyer', this.run);
    await this.phone.close();
  }

  /** Sends where the last SDP of the far end says; a re-INVITE may move it. */
  async #followMedia(): Promise<void> {
    try {
      const message = await this.run.message('received', /^m=audio/m);
      const media = mediaOf(message);
      if (media !== null) this.phone.setRemote(media.address, media.port, 0);
    } catch {
      // The call ended without an SDP: nobody to send to.
    }
  }
}
