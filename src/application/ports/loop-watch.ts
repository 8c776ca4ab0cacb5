/** Who watches the event loop. Signalling asks it whether what has come in may still be trusted, and gives it what to say in its place. */
export interface LoopWatch {
  /** How long the loop has stood still up to this moment, in milliseconds; a few hundred are nothing. */
  lagMs(): number;
  /** The listener is told when the loop goes on after a standstill that was too long. */
  onStall(listener: (lagMs: number) => void): void;
  /** Bytes that are written to an open socket when the loop stands still for too long, since nobody else can write then. Null: no socket. */
  setFarewell(farewell: { readonly descriptor: number; readonly bytes: string } | null): void;
}
