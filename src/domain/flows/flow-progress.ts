/** How far a caller has come in a flow: kept with his call, shown by the API, and taken up by whoever carries the call on. */
export interface FlowProgress {
  readonly flowId: string;
  readonly nodeId: string;
  readonly keysPressed: number;
  /** By tag, without `ivr.`. */
  readonly answers: Readonly<Record<string, string>>;
  /** Epoch milliseconds; null while he is in it. */
  readonly endedAt: number | null;
}

export const FLOW_STATUSES = ['ivr-no-keypress', 'ivr-left'] as const;

export type FlowStatus = (typeof FLOW_STATUSES)[number];

/** Of a call that has ended: whether its caller left in the flow; null when he did not. */
export function flowStatusOf(progress: FlowProgress | null): FlowStatus | null {
  if (progress === null || progress.endedAt !== null) return null;
  return progress.keysPressed === 0 ? 'ivr-no-keypress' : 'ivr-left';
}
