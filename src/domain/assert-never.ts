/** Ends a switch over a closed union: a new member that nobody handles does not compile, and throws if it ever gets here. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
