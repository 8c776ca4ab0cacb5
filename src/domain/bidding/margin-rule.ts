/** How an auction that ranks by expected margin is told its factors: data of a plan. What is made of it is in `margin.ts`. */

/** What the plan sets in place of what was measured. */
export interface FactorOverrides {
  /** From 0 to 100. */
  readonly answerPercent?: number;
  /** From 0 to 100, of the calls that he answers. */
  readonly convertPercent?: number;
  readonly talkSeconds?: number;
  /** What the source is paid for a call that is billed. */
  readonly payoutMicros?: number;
  /** Of both legs together. */
  readonly costPerMinuteMicros?: number;
}

export interface MarginRule {
  /** The latest dials of a target that count. */
  readonly lastCalls: number;
  /** With fewer dials than this a target counts as the average of its group. */
  readonly minimumCalls: number;
  /** Only calls of the same campaign, or of the same campaign and source; null for all. */
  readonly within: 'campaign' | 'campaign-and-source' | null;
  /** For every target of the group. */
  readonly factors: FactorOverrides;
  /** By target, before those of the group. */
  readonly targets: Readonly<Record<string, FactorOverrides>>;
}
