/** The messages of RFC 4475, kept byte by byte under test/embedded/sip/rfc4475. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, wherever the compiled tests lie below it. */
function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error('no package.json above the tests');
    folder = dirname(folder);
  }
  return folder;
}

/** Names without extension, and bytes. */
export function tortureMessages(): ReadonlyMap<string, Buffer> {
  const folder = join(repositoryRoot(), 'test', 'embedded', 'sip', 'rfc4475');
  return new Map(readdirSync(folder).map((file) => [file.replace('.dat', ''), readFileSync(join(folder, file))]));
}
