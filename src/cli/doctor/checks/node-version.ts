/** Whether this Node is one that Ringpost runs on. */
import type { Check } from '../check.js';
import { fault, ok, warning } from '../finding.js';

const OLDEST = { major: 20, minor: 20 };
/** Releases with an even number are kept for years, and tested. */
const KNOWN = [20, 22, 24];

export function judgeNode(version: string): ReturnType<typeof ok> {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    return fault(
      `this is Node ${version}; Ringpost needs ${OLDEST.major}.${OLDEST.minor} or newer`,
      'install a newer Node and run "npm ci" again',
    );
  if (!KNOWN.includes(major))
    return warning(`this is Node ${version}, on which Ringpost is not tested`, `use Node ${KNOWN.join(' or ')}`);
  return ok(`Node ${version}`);
}

export const checkNodeVersion: Check = {
  name: 'node',
  run: async () => judgeNode(process.versions.node),
};
