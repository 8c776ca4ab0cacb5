/** Whether the process may open as many files and sockets as RINGPOST_MAX_CALLS needs. */
import { readFile } from 'node:fs/promises';
import type { Check } from '../check.js';
import { ok, SkippedError, warning } from '../finding.js';

/** Database, logs, control links, the pool of connections to bidders. */
const BASE = 500;
/** The embedded switch: RTP and RTCP of two legs, a recording. */
const PER_CALL_EMBEDDED = 6;
/** Pings under way and finished recordings being read. */
const PER_CALL = 2;

export const checkFileDescriptors: Check = {
  name: 'file-descriptors',
  async run({ config }) {
    const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
    const word = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    if (word === undefined) throw new SkippedError('this system does not say how many files may be open');
    const limit = word === 'unlimited' ? Number.POSITIVE_INFINITY : Number(word);
    const { maxCalls } = config.calls;
    const needed = BASE + maxCalls * (config.engine === 'embedded' ? PER_CALL_EMBEDDED : PER_CALL);
    if (limit >= needed) return ok(`${word} files may be open; ${maxCalls} calls need about ${needed}`);
    return warning(
      `${word} files may be open, and ${maxCalls} calls need about ${needed}: calls fail before the limit is reached`,
      `set LimitNOFILE=${needed} in the service, or "ulimit -n ${needed}", or lower RINGPOST_MAX_CALLS`,
    );
  },
};
