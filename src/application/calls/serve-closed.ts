/**
 * A caller who comes outside the hours of campaign or source, or beyond their caps, to a campaign that answers such callers: he
 * hears no greeting, is asked nothing and sold to nobody, and goes through the chain of `whenClosed`.
 */

import type { InboundCall } from '../ports/telephony.js';
import { answerCall } from './answer-call.js';
import type { CallContext } from './call-context.js';
import { untilAborted } from './call-scope.js';
import { fallBackFrom, goneEnding, type Routed } from './route-call.js';

export async function serveClosed(context: CallContext, inbound: InboundCall, why: string): Promise<Routed> {
  const campaign = { ...context.campaign, greetingPromptId: null };
  const ground = { ...context, campaign };
  const answer = await answerCall(ground, inbound);
  if (answer.kind === 'no-media') return answer;
  if (answer.kind === 'gone') return { kind: 'ended', ending: goneEnding(answer.end) };
  const { leg } = answer.answered;
  // The consent announcement is heard out before anything is recorded.
  await untilAborted(context.scope.signal, Promise.race([leg.greeted, leg.ended]));
  return { kind: 'ended', ending: await fallBackFrom(ground, answer.answered, why) };
}
