/** Whether the RTP ports have room for the calls and lie outside the ports that the system hands out by itself. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../../config/network-address.js';
import type { MediaServerCheck } from '../check.js';
import { fault, ok, SkippedError, warning } from '../finding.js';
import type { MediaServerQuestions } from '../media-server-questions.js';

/** Two legs, each with a port for RTP and one for RTCP. */
const PORTS_PER_CALL = 4;

async function ephemeralRange(): Promise<readonly [number, number] | null> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [first = Number.NaN, last = Number.NaN] = text.trim().split(/\s+/).map(Number);
  return Number.isInteger(first) && Number.isInteger(last) ? [first, last] : null;
}

function isThisMachine(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return isLoopback(host) || own.some(({ address }) => address === host);
}

interface Range {
  readonly first: number;
  readonly last: number;
  /** How to move it. */
  readonly variables: string;
}

async function serverRange(server: MediaServerQuestions): Promise<Range> {
  const parameters = await server.switchParameters();
  // What FreeSWITCH itself takes when nothing is said.
  const first = Number(parameters.get('rtp-start-port') ?? 16_384);
  const last = Number(parameters.get('rtp-end-port') ?? 32_768);
  return { first, last, variables: 'RINGPOST_FS_RTP_PORT_MIN and RINGPOST_FS_RTP_PORT_MAX' };
}

export const checkRtpPorts: MediaServerCheck = {
  name: 'rtp-ports',
  async run(server, { config }) {
    const { rtpPortMin: first, rtpPortMax: last } = config.switch;
    const own: Range = { first, last, variables: 'RINGPOST_RTP_PORT_MIN and RINGPOST_RTP_PORT_MAX' };
    const range = config.engine === 'embedded' ? own : await serverRange(server);
    const text = `RTP ports ${range.first} to ${range.last}`;
    if (!(range.first >= 1_024 && range.last > range.first))
      return fault(`${text} are no range above 1024`, `set ${range.variables}`);
    const host = server.server.eventSocket.host;
    const ephemeral = isThisMachine(host) ? await ephemeralRange() : null;
    if (ephemeral !== null && range.last >= ephemeral[0] && range.first <= ephemeral[1]) {
      return fault(
        `${text} reach into the ports ${ephemeral[0]} to ${ephemeral[1]} that the system hands out: calls are lost to ports in use`,
        `end the range below ${ephemeral[0]} with ${range.variables}, or raise net.ipv4.ip_local_port_range`,
      );
    }
    const room = Math.floor((range.last - range.first + 1) / PORTS_PER_CALL) * config.mediaServers.length;
    if (config.mediaServers.length === 0) throw new SkippedError('there is no media server');
    if (room < config.calls.maxCalls) {
      return warning(
        `${text} have room for ${room} calls, and RINGPOST_MAX_CALLS is ${config.calls.maxCalls}`,
        `widen ${range.variables} or lower RINGPOST_MAX_CALLS`,
      );
    }
    return ok(`${text} have room for ${room} calls and lie outside the ports that the system hands out`);
  },
};
