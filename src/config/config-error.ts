/** Thrown by loadConfig with everything that is wrong, so that one start shows the whole list. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Sentences that name the variables and say what to change. They never hold a secret. */
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration does not hold together:\n${faults.map((fault) => `  * ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}
