/** Random words for keys, and their hashes. */
export interface SecretSource {
  /** Letters and digits, each as likely as the other, from a source that nobody can foresee. */
  newWord(length: number, alphabet: 'lower' | 'mixed'): string;
  /** SHA-256 in hexadecimal. */
  sha256(content: string | Uint8Array): string;
  /** Takes the same time wherever the two differ. */
  isSame(left: string, right: string): boolean;
}
