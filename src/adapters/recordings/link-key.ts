/**
 * The key that links to recordings are signed with: made at the first start, kept beside the database, so that links
 * outlive a restart. Called by the composition root. Whoever has the key can listen to every recording.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';

const KEY_BYTES = 32;
const KEY_FORM = /^[0-9a-f]{64}\n?$/;

async function readKey(file: string): Promise<Buffer | null> {
  try {
    const text = await readFile(file, 'utf8');
    if (!KEY_FORM.test(text))
      throw new Error(`${file} holds no key of ${KEY_BYTES} bytes; remove it to have a new one made`);
    return Buffer.from(text.trim(), 'hex');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Two processes that start at once get the same key. Rejects with a sentence when the file holds something else. */
export async function readOrMakeLinkKey(file: string): Promise<Buffer> {
  const kept = await readKey(file);
  if (kept !== null) return kept;
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A hard link appears whole or, when another process was first, not at all.
    await link(part, file).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
  } finally {
    await rm(part, { force: true });
  }
  const made = await readKey(file);
  if (made === null) throw new Error(`${file} was removed while it was made`);
  return made;
}
