// Says what to install when better-sqlite3, the one package with native code, could not be built. `npm start`, `npm run demo` and
// `npm test` run it first, before anything is compiled, so it is plain JavaScript and needs no package but the one it asks for.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** True when the program answers; it is only asked for its version. */
function has(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

try {
  const Database = require('better-sqlite3');
  new Database(':memory:').close();
} catch (error) {
  const missing = [
    ['python3', 'python3'],
    ['make', 'make'],
    ['g++', 'g++'],
  ].filter(([program]) => !has(program));
  const packages = missing.map(([, name]) => name).join(' ');
  const lines = [
    `better-sqlite3, which keeps the calls and the money, cannot be loaded: ${String(error.message).split('\n')[0]}`,
    'No ready-made binary fitted this machine, or none could be fetched, so it has to be compiled here.',
    missing.length > 0
      ? `What that needs and is missing: ${packages}. On Debian: sudo apt-get install ${packages}`
      : 'python3, make and g++ are installed; was Node upgraded since, or did npm skip install scripts?',
    'Then run `npm ci` again.',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = 1;
}
