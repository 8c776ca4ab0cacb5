/** What a campaign asks of callers beyond its lists: that they show their number, that they do not call all the time. */
export const ANONYMOUS_POLICIES = ['accept', 'reject'] as const;

export type AnonymousPolicy = (typeof ANONYMOUS_POLICIES)[number];

/** Puts callers on a list by themselves. */
export interface AutomaticBlock {
  /** The call that makes so many is refused, and those after it. */
  readonly calls: number;
  readonly withinMinutes: number;
  readonly level: 'campaign' | 'account';
  /** For how long; null for ever. */
  readonly days: number | null;
}

export interface CallerPolicy {
  readonly anonymousCallers: AnonymousPolicy;
  /** A caller who calls again sooner is refused; 0 for nobody. */
  readonly callerGapMs: number;
  readonly automaticBlock: AutomaticBlock | null;
}
