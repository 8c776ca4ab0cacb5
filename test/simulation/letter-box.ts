/** Where the voicemails of a simulated run are mailed to: a server that fails now and then, never a fourth time for one mail. */
import type { Mail, MailOutcome, Mails } from '../../src/application/ports/mails.js';
import type { Chance } from './chance.js';

const MOST_FAILURES = 3;

export class LetterBox implements Mails {
  /** How often each mail was taken, by its id. */
  readonly taken = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  async send({ id }: Mail): Promise<MailOutcome> {
    const failures = this.#failures.get(id) ?? 0;
    if (failures < MOST_FAILURES && this.#chance.isTrue(0.3)) {
      this.#failures.set(id, failures + 1);
      return { kind: 'failed', detail: 'simulated' };
    }
    this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
    return { kind: 'taken', refused: [] };
  }
}
