/** Whose voicemail a caller reaches when nobody has taken his call: that of the target that was rung last, when it has one. */
import type { Target, TargetVoicemail } from '../../domain/campaigns/buyer.js';
import type { CallContext } from './call-context.js';

export interface LastRung {
  readonly target: Target;
  readonly voicemail: TargetVoicemail;
}

/** Null after a number of the chain, an agent or a talk too, and for a target without a voicemail. */
export function voicemailOfLastRung({ configuration, journal }: CallContext): LastRung | null {
  const last = journal.timeline.findLast(({ step }) => step === 'dialing' || step === 'bridged' || step === 'agent');
  const { targetId = null } = last?.step === 'dialing' ? last.data : {};
  const target = typeof targetId === 'string' ? configuration.targets.get(targetId) : undefined;
  const { voicemail = null } = target ?? {};
  return target === undefined || voicemail === null ? null : { target, voicemail };
}
