/** Whether FreeSWITCH takes as many channels, and as fast, as our limit of calls needs; its own defaults are 1,000 and 30 a second. */
import type { MediaServerCheck } from '../check.js';
import { ok, quoted, warning } from '../finding.js';

const LEGS_PER_CALL = 2;
/** Ten calls a second with two legs each, and twice that in reserve. */
const FEWEST_PER_SECOND = 40;

async function numberOf(answer: Promise<string>): Promise<number> {
  const text = await answer;
  const value = Number(/:\s*(\d+)/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(value)) throw new Error(`FreeSWITCH answers "${quoted(text, 60)}" instead of a limit`);
  return value;
}

export const checkSessionLimits: MediaServerCheck = {
  name: 'session-limits',
  async run(server, { config }) {
    const sessions = await numberOf(server.ask('fsctl max_sessions'));
    const perSecond = await numberOf(server.ask('fsctl sps'));
    const needed = Math.ceil((config.calls.maxCalls * LEGS_PER_CALL) / config.mediaServers.length);
    const low: string[] = [];
    if (sessions < needed) low.push(`${sessions} channels at once, and ${config.calls.maxCalls} calls need ${needed}`);
    if (perSecond < FEWEST_PER_SECOND)
      low.push(`${perSecond} new channels a second, which is ${perSecond / LEGS_PER_CALL} calls`);
    if (low.length === 0) return ok(`FreeSWITCH takes ${sessions} channels at once and ${perSecond} new ones a second`);
    return warning(
      `FreeSWITCH takes no more than ${low.join('; ')}: what comes beyond is answered 503`,
      'start it with higher RINGPOST_FS_MAX_SESSIONS and RINGPOST_FS_SESSIONS_PER_SECOND, or lower RINGPOST_MAX_CALLS',
    );
  },
};
