/** Commands about the switch itself: status, limits, globals, sofia. */
import { randomUUID } from 'node:crypto';
import { separate } from '../argument-list.js';
import { causeOf } from '../hangup-causes.js';
import type { Api, ApiCall, SwitchCore } from '../switch-core.js';

/** What `version` and HEARTBEAT say; 1.11 is the FreeSWITCH whose behaviour this switch follows. */
export const SWITCH_VERSION = '1.11.3-ringpost-embedded';

function status({ core }: ApiCall): string {
  const { channels } = core;
  const perSecond = channels.lastSessionsPerSecond(performance.now());
  const lines = [
    uptimeLine(core.uptimeMs()),
    `FreeSWITCH (Version ${SWITCH_VERSION} 64bit) is ready`,
    `${channels.sessionsSinceStart} session(s) since startup`,
    `${channels.size()} session(s) - peak ${channels.sessionsPeak}, last 5min ${channels.sessionsPeak} `,
    `${perSecond} session(s) per Sec out of max ${channels.limits.sessionsPerSecond}, peak ${channels.perSecondPeak}, last 5min ${channels.perSecondPeak} `,
    `${channels.limits.maxSessions} session(s) max`,
    'min idle cpu 0.00/100.00',
  ];
  return `${lines.join('\n')}\n`;
}

function uptimeLine(uptimeMs: number): string {
  const total = Math.floor(uptimeMs);
  const parts: readonly (readonly [value: number, unit: string])[] = [
    [Math.floor(total / 31_536_000_000), 'year'],
    [Math.floor((total % 31_536_000_000) / 86_400_000), 'day'],
    [Math.floor((total % 86_400_000) / 3_600_000), 'hour'],
    [Math.floor((total % 3_600_000) / 60_000), 'minute'],
    [Math.floor((total % 60_000) / 1000), 'second'],
    [total % 1000, 'millisecond'],
    [Math.floor((uptimeMs - total) * 1000), 'microsecond'],
  ];
  return `UP ${parts.map(([value, unit]) => `${value} ${unit}${value === 1 ? '' : 's'}`).join(', ')}`;
}

function hangUpAll({ core, argument }: ApiCall): string {
  const [word = '', ...pairs] = separate(argument, ' ', 11);
  const cause = word === '' ? 'MANAGER_REQUEST' : causeOf(word);
  const [name, value] = pairs;
  for (const channel of core.channels.all()) {
    if (name === undefined || channel.variables.get(name) === value) channel.hangup(cause);
  }
  if (name === undefined) return `+OK hangup all channels with cause ${cause}\n`;
  return `+OK hangup all channels matching [${name}]=[${value ?? ''}] with cause: ${cause}\n`;
}

function control({ core, argument }: ApiCall): string {
  const [word = '', value] = separate(argument, ' ', 6);
  const { channels } = core;
  switch (word.toLowerCase()) {
    case 'hupall':
      for (const channel of channels.all()) channel.hangup('MANAGER_REQUEST');
      return '+OK\n';
    case 'pause':
    case 'resume':
      pause(core, word.toLowerCase() === 'pause', value);
      return '+OK\n';
    case 'pause_check':
      return String(value === 'outbound' ? channels.isPausedOutbound : channels.isPausedInbound);
    case 'ready_check':
      return 'true';
    case 'shutdown_check':
      return 'false';
    case 'max_sessions':
      channels.limits.maxSessions = numberOr(value, channels.limits.maxSessions);
      return `+OK max sessions: ${channels.limits.maxSessions}\n`;
    case 'sps':
      channels.limits.sessionsPerSecond = numberOr(value, channels.limits.sessionsPerSecond);
      return `+OK sessions per second: ${channels.limits.sessionsPerSecond}\n`;
    case 'last_sps':
      return `+OK last sessions per second: ${channels.lastSessionsPerSecond(performance.now())}\n`;
    case 'sps_peak_reset':
      channels.perSecondPeak = 0;
      return '+OK max sessions per second counter reset\n';
    case 'loglevel':
      return '+OK log level: DISABLE [-1]\n';
    case 'verbose_events':
      return '+OK verbose_events is off \n';
    case 'shutdown':
      return '-ERR the embedded switch is stopped by its own process\n';
    default:
      return word === '' ? `-USAGE: ${CONTROL_SYNTAX}\n` : `-ERR Invalid command\nUSAGE: fsctl ${CONTROL_SYNTAX}\n`;
  }
}

const CONTROL_SYNTAX =
  '[hupall|pause [inbound|outbound]|resume [inbound|outbound]|shutdown|sps|sps_peak_reset|max_sessions|loglevel [level]]';

function pause(core: SwitchCore, isPaused: boolean, side: string | undefined): void {
  if (side !== 'outbound') core.channels.isPausedInbound = isPaused;
  if (side !== 'inbound') core.channels.isPausedOutbound = isPaused;
}

function numberOr(text: string | undefined, fallback: number): number {
  const value = Number.parseInt(text ?? '', 10);
  return value > 0 ? value : fallback;
}

function globalVariable({ core, argument }: ApiCall): string {
  if (argument !== '') return core.globals.get(argument) ?? '';
  return [...core.globals].map(([name, value]) => `${name}=${value}\n`).join('');
}

const LINE = '='.repeat(97);

function sofia(call: ApiCall): string {
  const [word = '', what, name] = separate(call.argument, ' ', 10);
  if (word !== 'status') return word === '' ? 'USAGE:\nsofia status [profile <name>]\n' : `Unknown Command [${word}]\n`;
  if (what === undefined) return sofiaStatus(call.core);
  if (what !== 'profile') return 'Invalid Syntax!\n';
  return name === call.core.profile.name ? sofiaProfile(call.core) : 'Invalid Profile!\n';
}

function sofiaStatus({ profile, channels }: SwitchCore): string {
  const url = `sip:mod_sofia@${profile.address}:${profile.port}`;
  const head = `${'Name'.padStart(25)}\t${'   Type'}\t  ${'Data'.padStart(40)}\tState\n`;
  const row = `${profile.name.padStart(25)}\tprofile\t  ${url.padStart(40)}\tRUNNING (${channels.size()})\n`;
  return `${head}${LINE}\n${row}${LINE}\n1 profile 0 aliases\n`;
}

function sofiaProfile({ profile }: SwitchCore): string {
  const url = `sip:mod_sofia@${profile.address}:${profile.port}`;
  const rows: readonly (readonly [label: string, value: string | number])[] = [
    ['Name             ', profile.name],
    ['Domain Name      ', 'N/A'],
    ['Auto-NAT         ', 'false'],
    ['DBName           ', `sofia_reg_${profile.name}`],
    ['Pres Hosts       ', ''],
    ['Dialplan         ', 'XML'],
    ['Context          ', profile.context],
    ['Challenge Realm  ', 'auto_to'],
    ['RTP-IP           ', profile.address],
    ['SIP-IP           ', profile.address],
    ['URL              ', url],
    ['BIND-URL         ', `${url};transport=udp,tcp`],
    ['HOLD-MUSIC       ', 'N/A'],
    ['OUTBOUND-PROXY   ', 'N/A'],
    ['CODECS IN        ', 'PCMU,PCMA'],
    ['CODECS OUT       ', 'PCMU,PCMA'],
    ['TEL-EVENT        ', 101],
    ['DTMF-MODE        ', 'rfc2833'],
    ['CNG              ', 0],
    ['SESSION-TO       ', 0],
    ['NOMEDIA          ', 'false'],
    ['LATE-NEG         ', 'false'],
    ['PROXY-MEDIA      ', 'false'],
    ['AGGRESSIVENAT    ', 'false'],
    ['CALLS-IN         ', profile.callsIn],
    ['FAILED-CALLS-IN  ', profile.failedCallsIn],
    ['CALLS-OUT        ', 0],
    ['FAILED-CALLS-OUT ', 0],
    ['REGISTRATIONS    ', 0],
  ];
  return `${LINE}\n${rows.map(([label, value]) => `${label}\t${value}\n`).join('')}`;
}

const ORIGINATE_USAGE =
  '-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n';

export const SYSTEM_COMMANDS: readonly (readonly [name: string, api: Api])[] = [
  ['status', status],
  [
    'version',
    ({ argument }) => (argument === 'short' ? '1.11.3-dev\n' : `FreeSWITCH Version ${SWITCH_VERSION} (64bit)\n`),
  ],
  ['uptime', ({ core }) => `${Math.floor(core.uptimeMs() / 1000)}\n`],
  ['hostname', ({ core }) => core.events.hostname],
  ['switchname', ({ core }) => core.events.hostname],
  ['global_getvar', globalVariable],
  ['create_uuid', () => randomUUID()],
  ['hupall', hangUpAll],
  ['fsctl', control],
  ['reloadxml', async ({ core }) => `+OK [${await core.dialplan.reload()}]\n`],
  ['sofia', sofia],
  ['echo', ({ argument }) => argument],
  ['conference', ({ core, argument }) => core.conferences.command(argument)],
  // This switch places no calls of its own.
  ['originate', ({ argument }) => (argument.includes(' ') ? '-ERR CHAN_NOT_IMPLEMENTED\n' : ORIGINATE_USAGE)],
];
