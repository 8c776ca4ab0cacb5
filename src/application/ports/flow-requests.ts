/** Requests that a flow sends in the middle of a call. An implementation never throws for what the far end does. */
import type { RequestShape } from '../../domain/bidding/bidder.js';

export interface FlowRequest {
  readonly request: RequestShape;
  /** What the templates may name; values are caller data and are treated as hostile. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Names with the dotted path to each in the answer. */
  readonly answers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type FlowAnswer =
  /** A status from 200 to 299; values that the answer lacks are left out. */
  | { readonly kind: 'answered'; readonly status: number; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'failed'; readonly detail: string };

export interface FlowRequests {
  send(request: FlowRequest): Promise<FlowAnswer>;
}
