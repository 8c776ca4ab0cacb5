/**
 * Finishes the faxes whose call has ended and whose process died before their file was looked at. What the media server has written by
 * then is a fax when a PDF can be made of it. Runs at the start; the start does not wait for it.
 */
import type { Fax } from '../../domain/calls/fax.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { finishFax } from './receive-fax.js';

export async function finishFaxes(deps: CallDependencies, faxes: readonly Fax[]): Promise<void> {
  for (const fax of faxes) {
    try {
      await finishFax(deps, fax, null);
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      deps.events.alarm('fax-failed', `fax ${fax.id} of call ${fax.callId}: ${sentence}`);
    }
  }
}
