/**
 * What an earlier process has left behind on the scripted engine: channels that a test puts up, which of them can be taken
 * over, and what became of them.
 */

import type { Survey, SurvivingChannel } from '../../src/application/ports/survey.js';
import type { AdoptedLegRequest } from '../../src/application/ports/telephony.js';
import type { HangupCause } from '../../src/domain/calls/hangup-cause.js';
import type { Leg } from '../../src/domain/calls/leg.js';
import type { ScriptedBuyerLeg, ScriptedCallerLeg } from './scripted-leg.js';

export class ScriptedSurvivors {
  readonly channels = new Map<string, SurvivingChannel>();
  readonly unreachable: string[] = [];
  /** Why the legs of a call cannot be taken over, by call id. */
  readonly refusals = new Map<string, string>();
  /** Calls whose caller hung up while nobody heard it. */
  readonly leftUnseen = new Set<string>();
  readonly adopted: { readonly caller: ScriptedCallerLeg; readonly buyer: ScriptedBuyerLeg | null }[] = [];
  readonly endedLegs: { readonly legId: string; readonly cause: HangupCause }[] = [];
  readonly endedChannels: { readonly channelId: string; readonly cause: HangupCause }[] = [];

  /** A channel of this leg is up; what is not said is that of a leg that waits on music. */
  carry(leg: Leg, channel: Partial<SurvivingChannel> = {}): SurvivingChannel {
    const surviving: SurvivingChannel = {
      channelId: leg.channelId,
      mediaServer: leg.mediaServer,
      isAnswered: true,
      bridgedTo: null,
      callId: leg.callId,
      role: leg.side === 'a' ? 'caller' : 'buyer',
      answeredAtMs: null,
      bridgedAtMs: null,
      application: 'loop_playback',
      recordingPaths: [],
      ...channel,
    };
    this.channels.set(surviving.channelId, surviving);
    return surviving;
  }

  survey(): Survey {
    return { channels: new Map(this.channels), unreachable: [...this.unreachable] };
  }

  /** Null when all of them can be taken over; else why not, and what is left of them is ended. */
  adopt(...requests: readonly AdoptedLegRequest[]): string | null {
    const gone = requests.find(({ leg }) => this.refusals.has(leg.callId) || !this.channels.has(leg.channelId));
    if (gone === undefined) return null;
    for (const { leg } of requests) this.channels.delete(leg.channelId);
    return this.refusals.get(gone.leg.callId) ?? 'its channel has ended';
  }

  isRecording(channelId: string, path: string | null): boolean {
    return path !== null && this.channels.get(channelId)?.recordingPaths.includes(path) === true;
  }

  endLeg(leg: Leg, cause: HangupCause): void {
    this.endedLegs.push({ legId: leg.legId, cause });
    this.channels.delete(leg.channelId);
  }

  endChannel(channelId: string, cause: HangupCause): void {
    this.endedChannels.push({ channelId, cause });
    this.channels.delete(channelId);
  }
}
