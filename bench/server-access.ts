/**
 * The real servers that a bench runs against, as its command line names them, and what their processes have used. They run already and
 * must be on this machine; nothing here starts or ends one.
 */
import { readFileSync } from 'node:fs';
import type { ControlAppSettings, MediaServerSettings } from '../src/main.js';
import { examineServers, type ServersPlan } from '../test/engines/examine-servers.js';

/** How to speak to the two servers. */
export interface ServerAccess {
  readonly drachtio: ControlAppSettings['drachtio'];
  readonly mediaServer: MediaServerSettings;
  /** `host:port` where callers reach drachtio. */
  readonly drachtioSip: string;
}

export interface RealServersPlan extends ServersPlan {
  readonly drachtioPid: number;
  readonly freeswitchPid: number;
}

const KERNEL_TICK_MS = 10;

/** Throws one Error with a sentence for each thing that is not as the bench needs it. */
export async function findServers(plan: RealServersPlan): Promise<{ access: ServerAccess; names: readonly string[] }> {
  for (const pid of [plan.drachtioPid, plan.freeswitchPid]) processUse(pid);
  const examined = await examineServers(plan);
  if (examined.kind === 'refused') throw new Error(examined.sentences.join('\n'));
  const { environment, names } = examined.engines;
  const [host = '', port = ''] = plan.drachtio.split(':');
  const [eventSocketHost = '', eventSocketPort = ''] = plan.freeswitch.split(':');
  return {
    names,
    access: {
      drachtio: { host, port: Number(port), secret: plan.env.DRACHTIO_SECRET ?? '' },
      mediaServer: {
        name: 'freeswitch',
        eventSocketHost,
        eventSocketPort: Number(eventSocketPort),
        password: plan.env.FREESWITCH_EVENT_SOCKET_PASSWORD ?? '',
        sipAddress: environment.E2E_FREESWITCH_SIP ?? '',
      },
      drachtioSip: environment.E2E_DRACHTIO_SIP ?? '',
    },
  };
}

export interface ProcessUse {
  /** User and system, all threads that ever were. */
  readonly cpuMs: number;
  readonly residentMb: number;
}

/** proc(5): utime and stime are fields 14 and 15 of stat, counted after the name in parentheses, which is field 2. */
export function processUse(pid: number): ProcessUse {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * KERNEL_TICK_MS,
      residentMb: Number(kilobytes) / 1024,
    };
  } catch {
    throw new Error(`no process ${pid} on this machine: --drachtio-pid and --freeswitch-pid name the running servers`);
  }
}
