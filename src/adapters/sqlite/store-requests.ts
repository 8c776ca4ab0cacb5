/** What the main thread asks of the writer and of the reader, and what comes back: plain data that is cloned on its way. */

import {
  type CallClosing,
  type CallDetails,
  type CallFilter,
  type CallPosition,
  type CallProgress,
  type FoundCalls,
  type FoundLoggedCalls,
  LeaseLostError,
} from '../../application/ports/call-repository.js';
import type { HistoryQuestion } from '../../application/ports/caller-histories.js';
import { type Call, type CallState, IllegalTransitionError } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { ConfigurationDocument, SectionName } from '../../domain/campaigns/configuration.js';
import type { ConfigurationReference } from '../../domain/campaigns/references.js';
import type { LoggedCall } from '../../domain/plans/logged-call.js';
import type { CapUse } from '../../domain/routing/cap.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import type { ApiRead, ApiWrite } from './api-access.js';
import type { CallerListWrite } from './caller-list-access.js';
import type { FaxRead, FaxWrite } from './fax-access.js';
import type { LeaseWrite } from './lease-writes.js';
import type { PlanRead, PlanWrite } from './plan-access.js';
import type { PublisherRead, PublisherWrite } from './publisher-access.js';
import type { ShadowRead, ShadowWrite } from './shadow-access.js';
import { StorageError, type StorageFault, storageErrorFrom } from './storage-error.js';

export interface StoredConfiguration {
  readonly version: number;
  readonly document: ConfigurationDocument;
}

/** What became of an edit; `configuration` is the store as it is after the write. */
export type StoredEdit =
  | { readonly kind: 'done'; readonly configuration: StoredConfiguration }
  | { readonly kind: 'moved' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'referred-to'; readonly references: readonly ConfigurationReference[] };

export type StoreWrite =
  /** Answers with the CallerHistory that was asked for. */
  | { readonly kind: 'open-call'; readonly call: Call; readonly asked: HistoryQuestion | null }
  | { readonly kind: 'save-call'; readonly call: Call; readonly progress: CallProgress | null }
  | { readonly kind: 'save-leg'; readonly leg: Leg }
  | { readonly kind: 'close-call'; readonly closing: CallClosing }
  | { readonly kind: 'append-timeline'; readonly callId: string; readonly entries: readonly TimelineEntry[] }
  | { readonly kind: 'save-recording'; readonly recording: Recording; readonly told: TimelineEntry | null }
  | { readonly kind: 'settle-delivery'; readonly delivery: Delivery }
  /** Answers with the StoredConfiguration as it is after the write. */
  | { readonly kind: 'apply-configuration'; readonly document: ConfigurationDocument; readonly author: string }
  /** These two answer with a StoredEdit. */
  | {
      readonly kind: 'put-configuration';
      readonly document: ConfigurationDocument;
      readonly basedOnVersion: number;
      readonly author: string;
    }
  | {
      readonly kind: 'remove-configuration';
      readonly section: SectionName;
      readonly id: string;
      readonly basedOnVersion: number;
    }
  | { readonly kind: 'api'; readonly write: ApiWrite }
  | { readonly kind: 'publisher'; readonly write: PublisherWrite }
  | { readonly kind: 'plan'; readonly write: PlanWrite }
  | { readonly kind: 'shadow'; readonly write: ShadowWrite }
  | { readonly kind: 'fax'; readonly write: FaxWrite }
  | { readonly kind: 'caller-list'; readonly write: CallerListWrite }
  | { readonly kind: 'lease'; readonly write: LeaseWrite }
  /** Changes nothing, and reaches the disk as a change would. */
  | { readonly kind: 'probe' };

export type StoreRead =
  | { readonly kind: 'find-call'; readonly callId: string }
  | { readonly kind: 'list-calls'; readonly limit: number; readonly before: string | null }
  | {
      readonly kind: 'search-calls' | 'logged-calls';
      readonly filter: CallFilter;
      readonly limit: number;
      readonly after: CallPosition | null;
    }
  | { readonly kind: 'logged-call'; readonly callId: string }
  | { readonly kind: 'caller-list' }
  | { readonly kind: 'caller-history'; readonly question: HistoryQuestion }
  | { readonly kind: 'find-recording'; readonly recordingId: string }
  | { readonly kind: 'unfinished-calls' }
  | { readonly kind: 'cap-uses' }
  | { readonly kind: 'target-dials'; readonly perTarget: number }
  | { readonly kind: 'continuations' }
  | { readonly kind: 'unfinished-recordings' }
  | { readonly kind: 'due-deliveries'; readonly at: number; readonly limit: number }
  | { readonly kind: 'configuration' }
  | { readonly kind: 'api'; readonly read: ApiRead }
  | { readonly kind: 'publisher'; readonly read: PublisherRead }
  | { readonly kind: 'plan'; readonly read: PlanRead }
  | { readonly kind: 'shadow'; readonly read: ShadowRead }
  | { readonly kind: 'fax'; readonly read: FaxRead }
  | { readonly kind: 'probe' };

/** Which result belongs to which read. */
export interface ReadResults {
  readonly 'find-call': CallDetails | null;
  readonly 'list-calls': readonly Call[];
  readonly 'search-calls': FoundCalls;
  readonly 'logged-calls': FoundLoggedCalls;
  readonly 'logged-call': LoggedCall | null;
  readonly 'find-recording': Recording | null;
  readonly 'unfinished-calls': readonly Call[];
  readonly 'cap-uses': readonly CapUse[];
  readonly 'target-dials': readonly TargetDial[];
  readonly continuations: readonly Continuation[];
  readonly 'unfinished-recordings': readonly Recording[];
  readonly 'due-deliveries': readonly Delivery[];
  readonly configuration: StoredConfiguration;
}

export type ThreadRequest<Body> =
  | { readonly kind: 'work'; readonly requestId: number; readonly body: Body }
  | { readonly kind: 'close' };

export type WireError =
  | { readonly kind: 'storage'; readonly fault: StorageFault; readonly sentence: string }
  | { readonly kind: 'illegal-transition'; readonly from: CallState; readonly to: CallState };

export type ThreadReply =
  | { readonly requestId: number; readonly isDone: true; readonly value: unknown }
  | { readonly requestId: number; readonly isDone: false; readonly error: WireError };

export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'replies'; readonly replies: readonly ThreadReply[] };

/** Thrown inside the writer when the stored call is terminal; becomes the domain's IllegalTransitionError outside. */
export class TerminalCallError extends Error {
  readonly from: CallState;
  readonly to: CallState;
  constructor(from: CallState, to: CallState) {
    super(`stored call is ${from}`);
    this.from = from;
    this.to = to;
  }
}

export function wireErrorOf(error: unknown): WireError {
  if (error instanceof TerminalCallError) return { kind: 'illegal-transition', from: error.from, to: error.to };
  const { fault, message } = storageErrorFrom(error);
  return { kind: 'storage', fault, sentence: message };
}

export function errorOfWire(error: WireError): Error {
  if (error.kind === 'illegal-transition') return new IllegalTransitionError(error.from, error.to);
  const { fault, sentence } = error;
  return fault === 'lease-lost' ? new LeaseLostError(sentence) : new StorageError(fault, sentence);
}
