/** Whether the store can take a call now. */
export interface StoreHealth {
  /** Null when it can, else a sentence that says why not. Never rejects; may take as long as the disk. */
  probe(): Promise<string | null>;
}
