/**
 * All dialogs of the drachtio half, found by what requests from the network carry (Call-ID and tags), by the ids that applications
 * know, and by the ids of INVITEs under way. Removing a dialog removes every entry.
 */
import { dialogKey } from '../sip/sip-dialog.js';
import type { SipEnvelope } from '../sip/sip-parser.js';
import type { DrachtioDialog } from './drachtio-dialog.js';

export class DialogTable {
  readonly #byKey = new Map<string, DrachtioDialog>();
  readonly #byId = new Map<string, DrachtioDialog>();
  readonly #byInviteId = new Map<string, DrachtioDialog>();
  /** The keys under which each dialog stands in `#byKey`: without and with the peer's tag. */
  readonly #keys = new Map<DrachtioDialog, string[]>();

  get size(): number {
    return this.#keys.size;
  }

  all(): readonly DrachtioDialog[] {
    return [...this.#keys.keys()];
  }

  /** Keeps a dialog whose INVITE is under way. */
  add(dialog: DrachtioDialog): void {
    this.#keys.set(dialog, []);
    this.#byInviteId.set(dialog.inviteId, dialog);
    // An INVITE that revives a dialog (an application adopting it) takes its place only when it succeeds.
    if (!this.#byKey.has(dialog.sip.key)) this.index(dialog);
  }

  /**
   * The peer's tag is known now, or the dialog became stable: requests and applications find it. Gives the dialog whose place it took,
   * if there was one.
   */
  index(dialog: DrachtioDialog): DrachtioDialog | undefined {
    const keys = this.#keys.get(dialog);
    if (keys === undefined) return undefined;
    const key = dialog.sip.key;
    const before = this.#byKey.get(key);
    if (!keys.includes(key)) keys.push(key);
    this.#byKey.set(key, dialog);
    this.#byId.set(dialog.id, dialog);
    return before === dialog ? undefined : before;
  }

  remove(dialog: DrachtioDialog): void {
    for (const key of this.#keys.get(dialog) ?? []) if (this.#byKey.get(key) === dialog) this.#byKey.delete(key);
    this.#keys.delete(dialog);
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
    if (this.#byInviteId.get(dialog.inviteId) === dialog) this.#byInviteId.delete(dialog.inviteId);
  }

  /** The dialog of a request that arrived; one of ours whose peer has shown no tag yet matches any. */
  find(ids: SipEnvelope): DrachtioDialog | undefined {
    return (
      this.#byKey.get(dialogKey(ids.sipCallId, ids.toTag, ids.fromTag)) ??
      this.#byKey.get(dialogKey(ids.sipCallId, ids.toTag, ''))
    );
  }

  byId(id: string): DrachtioDialog | undefined {
    return this.#byId.get(id);
  }

  byInviteId(inviteId: string): DrachtioDialog | undefined {
    return this.#byInviteId.get(inviteId);
  }
}
