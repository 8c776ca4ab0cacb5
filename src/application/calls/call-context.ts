/** What a call carries through the verbs: its scope, its journal and, once admitted, the configuration that it was admitted under. */

import type { PingReservation } from '../../domain/bidding/ping-reservation.js';
import { type CallerHistory, NO_HISTORY } from '../../domain/callers/caller-history.js';
import type { Campaign, FallbackStep } from '../../domain/campaigns/campaign.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Did } from '../../domain/campaigns/did.js';
import type { Source } from '../../domain/campaigns/source.js';
import type { Prompt } from '../../domain/prompts/prompt.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import type { Leaving } from '../survival/leaving.js';
import type { CallDependencies } from './call-dependencies.js';
import type { CallDesk } from './call-desk.js';
import type { CallJournal } from './call-journal.js';
import type { CallScope } from './call-scope.js';

export interface CallFrame {
  readonly deps: CallDependencies;
  readonly scope: CallScope;
  readonly journal: CallJournal;
  /** Work that begins when the call's record is closed, such as the MP3. A fault in it is an alarm. */
  readonly afterClose: (work: () => Promise<void>) => void;
  readonly leaving: Leaving;
  readonly desk: CallDesk;
}

export interface CallContext extends CallFrame {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
  readonly source: Source;
  readonly did: Did;
  /** The ping that announced the call; null when none did. */
  readonly ping: PingOfCall | null;
  /** Earlier calls of the caller in the campaign. */
  readonly history: CallerHistory;
  /** Why the call is not for sale: it goes the campaign's way for callers who find it closed. Null for any other. */
  readonly closedFor: string | null;
  /** Monotonic; absent while he waits in no queue. */
  readonly queuedAtMs?: number;
  /** By target, those that an earlier plan of the call has used up, and how; absent before one was walked. */
  readonly spent?: ReadonlyMap<string, Check>;
}

/** As a context begins, until ping and history are looked up. */
export const NOTHING_KNOWN: Pick<CallContext, 'ping' | 'history' | 'closedFor'> = {
  ...{ ping: null, history: NO_HISTORY, closedFor: null },
};

/** What follows when nobody buys the call, or nobody may. */
export function chainOf({ campaign, closedFor }: CallContext): readonly FallbackStep[] {
  return closedFor === null ? campaign.fallback : (campaign.whenClosed ?? []);
}

export type PingOfCall = Pick<PingReservation, 'reference' | 'tags' | 'offers'>;

/** The file of a prompt by its id; null, and an alarm, when it is not there: the call goes on without it. */
export function promptPath(context: CallContext, promptId: string | null, purpose: string): string | null {
  return promptFile(context, promptId, purpose)?.path ?? null;
}

export function promptFile(
  context: CallContext,
  promptId: string | null,
  purpose: string,
): { readonly path: string; readonly durationMs: number } | null {
  if (promptId === null) return null;
  const prompt: Prompt | undefined = context.configuration.prompts.get(promptId);
  const file = prompt === undefined ? null : context.deps.prompts.find(prompt);
  if (file === null)
    context.journal.alarm('prompt-missing', `the ${purpose} ${promptId} has no file; the call goes on without it`);
  return file;
}
