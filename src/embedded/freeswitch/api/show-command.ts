/** `show channels|calls|status [count] [as json|csv|delim X]`: tables of what is up, with FreeSWITCH's columns. */
import { separate } from '../argument-list.js';
import type { Channel } from '../channel.js';
import { localStamp } from '../event-bus.js';
import type { Api, ApiCall, SwitchCore } from '../switch-core.js';

type Row = readonly (readonly [column: string, value: string])[];

const CHANNEL_COLUMNS = [
  'uuid direction created created_epoch name state cid_name cid_num ip_addr dest application application_data dialplan context',
  'read_codec read_rate read_bit_rate write_codec write_rate write_bit_rate secure hostname presence_id presence_data',
  'accountcode callstate callee_name callee_num callee_direction call_uuid sent_callee_name sent_callee_num',
  'initial_cid_name initial_cid_num initial_ip_addr initial_dest initial_dialplan initial_context',
].flatMap((line) => line.split(' '));

const CALL_COLUMNS = [
  'uuid direction created created_epoch name state cid_name cid_num ip_addr dest presence_id presence_data accountcode',
  'callstate callee_name callee_num callee_direction call_uuid hostname sent_callee_name sent_callee_num b_uuid b_direction',
  'b_created b_created_epoch b_name b_state b_cid_name b_cid_num b_ip_addr b_dest b_presence_id b_presence_data',
  'b_accountcode b_callstate b_callee_name b_callee_num b_callee_direction b_sent_callee_name b_sent_callee_num',
  'call_created_epoch',
].flatMap((line) => line.split(' '));

function channelValues(core: SwitchCore, channel: Channel): ReadonlyMap<string, string> {
  const { profile, variables, codec, lastStep } = channel;
  const partner = channel.flags.has('bridged') ? (channel.partner?.profile ?? null) : null;
  const created = profile.times.created / 1000;
  const codecName = codec?.name ?? '';
  const rate = codec === null ? '' : '8000';
  const bitRate = codec === null ? '' : '64000';
  return new Map([
    ['uuid', channel.uuid],
    ['direction', 'inbound'],
    ['created', localStamp(new Date(created))],
    ['created_epoch', String(Math.floor(created / 1000))],
    ['name', channel.name],
    ['state', channel.runningState],
    ['cid_name', profile.callerIdName],
    ['cid_num', profile.callerIdNumber],
    ['ip_addr', profile.networkAddress],
    ['dest', profile.destinationNumber],
    ['application', lastStep?.application ?? ''],
    ['application_data', lastStep?.argument ?? ''],
    ['dialplan', profile.dialplan],
    ['context', profile.context],
    ['read_codec', codecName],
    ['read_rate', rate],
    ['read_bit_rate', bitRate],
    ['write_codec', codecName],
    ['write_rate', rate],
    ['write_bit_rate', bitRate],
    ['hostname', core.events.hostname],
    ['callstate', channel.callState],
    ['callee_name', partner?.callerIdName ?? ''],
    ['callee_num', partner?.callerIdNumber ?? ''],
    ['callee_direction', partner === null ? '' : 'SEND'],
    ['sent_callee_name', partner?.callerIdName ?? ''],
    ['sent_callee_num', partner?.callerIdNumber ?? ''],
    ['call_uuid', channel.flags.has('bridged') ? (variables.get('call_uuid') ?? '') : ''],
    ['initial_cid_name', profile.callerIdName],
    ['initial_cid_num', profile.callerIdNumber],
    ['initial_ip_addr', profile.networkAddress],
    ['initial_dest', profile.destinationNumber],
    ['initial_dialplan', profile.dialplan],
    ['initial_context', profile.context],
  ]);
}

function channelRows(core: SwitchCore): Row[] {
  return core.channels.listed().map((channel) => {
    const values = channelValues(core, channel);
    return CHANNEL_COLUMNS.map((column) => [column, values.get(column) ?? ''] as const);
  });
}

/** A bridged pair is one call; a channel alone is one as well (basic_calls). */
function callRows(core: SwitchCore, onlyBridged: boolean): Row[] {
  const rows: Row[] = [];
  for (const channel of core.channels.listed()) {
    const isPeer = channel.flags.has('bridged') && !channel.flags.has('bridge-originator');
    const peer = channel.flags.has('bridge-originator') ? channel.partner : null;
    if (isPeer || (onlyBridged && peer === null)) continue;
    const values = channelValues(core, channel);
    const peerValues = peer === null ? null : channelValues(core, peer);
    rows.push(
      CALL_COLUMNS.map((column) => {
        if (column.startsWith('b_')) return [column, peerValues?.get(column.slice(2)) ?? ''] as const;
        if (column === 'call_created_epoch') return [column, values.get('created_epoch') ?? ''] as const;
        return [column, values.get(column) ?? ''] as const;
      }),
    );
  }
  return rows;
}

const USAGE =
  '-USAGE: codec|endpoint|application|api|dialplan|file|timer|calls [count]|channels [count|like <match string>]|calls|detailed_calls|bridged_calls|detailed_bridged_calls|aliases|complete|chat|management|modules|nat_map|say|interfaces|interface_types|tasks|limits|status\n';

async function show({ core, argument }: ApiCall): Promise<string> {
  const words = separate(argument, ' ', 6);
  const what = words[0]?.toLowerCase() ?? '';
  if (what === 'status') return (await core.apis.get('status')?.({ core, argument: '' })) ?? USAGE;
  const rows = rowsOf(core, what, words);
  if (rows === null) return USAGE;
  const asIndex = words.findIndex((word) => word.toLowerCase() === 'as');
  const format = asIndex === -1 ? 'delim' : (words[asIndex + 1]?.toLowerCase() ?? 'delim');
  const delimiter = asIndex === -1 ? ',' : (words[asIndex + 2] ?? ',');
  return render(rows, words[1]?.toLowerCase() === 'count', format, delimiter);
}

function rowsOf(core: SwitchCore, what: string, words: readonly string[]): Row[] | null {
  if (what === 'calls' || what === 'detailed_calls') return callRows(core, false);
  if (what === 'bridged_calls' || what === 'detailed_bridged_calls') return callRows(core, true);
  if (what !== 'channels') return null;
  const rows = channelRows(core);
  if (words[1]?.toLowerCase() !== 'like' || words[2] === undefined) return rows;
  const wanted = words[2].replaceAll('%', '');
  return rows.filter((row) =>
    row.some(([column, value]) => ['uuid', 'name', 'cid_name', 'cid_num'].includes(column) && value.includes(wanted)),
  );
}

function render(rows: readonly Row[], isCount: boolean, format: string, delimiter: string): string {
  if (format === 'json') return renderJson(rows, isCount);
  if (format !== 'delim' && format !== 'csv') return `-ERR Cannot find format ${format}\n`;
  if (isCount) return `\n${rows.length} total.\n`;
  // A line break inside a value would look like another row.
  const line = (values: readonly string[]): string => `${values.join(delimiter).replaceAll(/[\r\n]/g, ' ')}\n`;
  const [first] = rows;
  const title = first === undefined ? '' : line(first.map(([column]) => column));
  return `${title}${rows.map((row) => line(row.map(([, value]) => value))).join('')}\n${rows.length} total.\n`;
}

function renderJson(rows: readonly Row[], isCount: boolean): string {
  // Counting always finds one row, so FreeSWITCH writes an empty list beside it; no rows are written without a list.
  if (isCount) return JSON.stringify({ row_count: rows.length, rows: [] });
  if (rows.length === 0) return '{"row_count": 0}\n';
  return JSON.stringify({ row_count: rows.length, rows: rows.map((row) => Object.fromEntries(row)) });
}

export const SHOW_COMMANDS: readonly (readonly [name: string, api: Api])[] = [['show', show]];
