/** Records of faxes. Writes come from the process that serves the calls alone. */
import type { Fax } from '../../domain/calls/fax.js';

export interface FaxRepository {
  /** Puts it in, or in place of the one with its id. */
  save(fax: Fax): Promise<void>;
  find(id: string): Promise<Fax | null>;
  /** The newest first; `before` is the id of the last one of the page before. Ids grow with time. */
  list(limit: number, before: string | null): Promise<readonly Fax[]>;
  /** Those whose state is `receiving`. */
  unfinished(): Promise<readonly Fax[]>;
}
