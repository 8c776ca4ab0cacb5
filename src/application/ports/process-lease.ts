/**
 * The right to write the calls of a store, held by one process at a time. Each holder has a higher fence than the one before,
 * and the store refuses the call writes of whoever holds an older one, however late they come.
 */

/** Names a process among all that may share the store. */
export interface LeaseHolder {
  /** Where a process id means something: machine, boot and process namespace. */
  readonly host: string;
  readonly pid: number;
  /** Tells two processes apart that had the same id one after the other. */
  readonly incarnation: string;
}

export interface LeaseState {
  readonly fence: number;
  /** Null when it is free. */
  readonly holder: LeaseHolder | null;
  /** When the holder, or the last one, was last heard of, epoch milliseconds; 0 for never. */
  readonly beatAt: number;
}

export interface ProcessLease {
  look(): Promise<LeaseState>;
  /** False when somebody took it since it stood at `seenFence`. */
  take(holder: LeaseHolder, seenFence: number, at: number): Promise<boolean>;
  /** False when it is lost. */
  beat(at: number): Promise<boolean>;
  /** From then on this process writes no calls. Harmless when repeated, or when it is lost already. */
  release(at: number): Promise<void>;
}
