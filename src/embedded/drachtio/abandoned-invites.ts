/**
 * INVITEs under way whose application is gone. The real server leaves them to the peers' timers; here they end after the time that a
 * pending request has, so that nothing stays behind. Called by the control server when a connection closes.
 */
import type { ControlClient } from './control-client.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import type { Switchboard } from './switchboard.js';

const ABANDONED_MS = 64_000;

export class AbandonedInvites {
  readonly #board: Switchboard;

  constructor(board: Switchboard) {
    this.#board = board;
  }

  clientGone(client: ControlClient): void {
    const abandoned = this.#board.dialogs.all().filter((one) => one.client === client && one.phase === 'inviting');
    if (abandoned.length === 0) return;
    this.#board.clock.schedule(ABANDONED_MS, () => {
      for (const dialog of abandoned) this.#giveUp(dialog);
    });
  }

  #giveUp(dialog: DrachtioDialog): void {
    if (dialog.phase !== 'inviting') return;
    if (dialog.role === 'uac') {
      dialog.clientInvite?.transaction.cancel();
      return;
    }
    dialog.serverInvite?.respond(dialog.serverInvite.createResponse(480));
    this.#board.end(dialog);
  }
}
