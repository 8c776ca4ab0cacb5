/** Random words and hashes by the system's own cryptography. The composition root and `ringpost key` make one. */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { SecretSource } from '../../application/ports/secret-source.js';

const LOWER = '0123456789abcdefghijklmnopqrstuvwxyz';
const ALPHABETS = { lower: LOWER, mixed: `${LOWER}ABCDEFGHIJKLMNOPQRSTUVWXYZ` } as const;

const sha256 = (content: string | Uint8Array): Buffer => createHash('sha256').update(content).digest();

export function createSecretSource(): SecretSource {
  return {
    newWord(length, alphabet) {
      const letters = ALPHABETS[alphabet];
      return Array.from({ length }, () => letters[randomInt(letters.length)] ?? '').join('');
    },
    sha256: (content) => sha256(content).toString('hex'),
    // Hashes are compared, so that texts of different length take the same time too.
    isSame: (left, right) => timingSafeEqual(sha256(left), sha256(right)),
  };
}
