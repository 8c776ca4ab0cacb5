/** The figures of this process, as a monitoring system reads them, and those that only the API can count. */
export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
  /** A follower of the live feed came; returns what is called when he goes. */
  feedOpened(): () => void;
  feedTooSlow(): void;
  /** A publisher's ping was answered; `result` is one of a closed list. */
  pinged(sourceId: string, result: string): void;
}
