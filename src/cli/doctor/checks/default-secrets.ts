/** Whether one of our two secrets is the one from the servers' sample configuration, for which the internet is scanned. */
import { isPublicDefault, SECRET_VARIABLES, type ServerSecrets } from '../../../config/secrets.js';
import type { Check } from '../check.js';
import { fault, listed, ok } from '../finding.js';

export const checkDefaultSecrets: Check = {
  name: 'default-secrets',
  async run({ secrets }) {
    const names = Object.keys(SECRET_VARIABLES) as (keyof ServerSecrets)[];
    const known = names.filter((name) => isPublicDefault(secrets[name], SECRET_VARIABLES[name].publicDefault));
    if (known.length === 0) return ok('neither secret is a default that everybody knows');
    const variables = known.map((name) => `${SECRET_VARIABLES[name].name} ("${SECRET_VARIABLES[name].publicDefault}")`);
    return fault(
      `${listed(variables)} ${known.length === 1 ? 'is a default' : 'are defaults'} that everybody knows`,
      'make one with "openssl rand -hex 24", give it to the server and to the app, and restart both',
    );
  },
};
