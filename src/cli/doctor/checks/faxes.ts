/** Whether fax lines, where there are any, can receive: FreeSWITCH with mod_spandsp, and tiff2pdf for the PDF. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TIFF2PDF } from '../../../adapters/recordings/fax-files.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../doctor-context.js';
import { fault, listed, ok, skipped, warning } from '../finding.js';

const ANSWER_MS = 3_000;

/** Asked for its usage it answers with a status of its own: only one that cannot be started is missing. */
async function isInstalled(): Promise<boolean> {
  try {
    await promisify(execFile)(TIFF2PDF, ['-h'], { timeout: ANSWER_MS });
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
  return true;
}

async function withoutModule({ config, servers }: DoctorContext): Promise<readonly string[]> {
  const answers = await Promise.all(
    servers.map((server) => server.ask('module_exists mod_spandsp').catch(() => 'not reached')),
  );
  return config.mediaServers.flatMap(({ name }, index) => (answers[index]?.trim() === 'true' ? [] : [name]));
}

export const checkFaxes: Check = {
  name: 'faxes',
  async run(context) {
    const { dids } = await context.document();
    const lines = dids.filter(({ fax, isActive }) => fax !== null && isActive).map(({ number }) => number);
    if (lines.length === 0) return skipped('no number is a fax line');
    if (context.config.engine === 'embedded') {
      const found = `the embedded switch receives no faxes: calls to ${listed(lines)} are refused with 488`;
      return warning(found, 'run FreeSWITCH with mod_spandsp (RINGPOST_ENGINE=servers), or make the lines inactive');
    }
    if (!(await isInstalled()))
      return fault(`${TIFF2PDF} is not installed: no fax becomes a PDF`, 'install it: "apt-get install libtiff-tools"');
    const lacking = await withoutModule(context);
    if (lacking.length > 0) {
      const found = `${listed(lacking)} without mod_spandsp: calls to fax lines that come there are refused with 488`;
      return warning(found, 'install the package of mod_spandsp and load it, as modules.conf.xml does');
    }
    return ok(`${lines.length} fax ${lines.length === 1 ? 'line' : 'lines'}, mod_spandsp and ${TIFF2PDF}`);
  },
};
