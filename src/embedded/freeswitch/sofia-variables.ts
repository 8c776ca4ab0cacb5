/**
 * What an INVITE says, as caller profile and channel variables: sip_from_user, sip_h_X-..., and the rest that mod_sofia sets. All of
 * it comes from strangers: values with `${` are not kept, bytes that are not UTF-8 become U+FFFD.
 */
import { parseNameAddr } from '../sip/name-addr.js';
import type { SipSource } from '../sip/sip-endpoint.js';
import type { SipRequest } from '../sip/sip-message.js';
import { parseSipUri } from '../sip/sip-uri.js';
import { type CallerProfile, newTimes } from './caller-profile.js';
import type { Channel } from './channel.js';
import { causeFromReason, causeNumber, type SwitchCause } from './hangup-causes.js';
import type { ProfileView } from './switch-core.js';

/** SIP header text is binary; what leaves here is text. */
export function decodeText(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}

interface Party {
  readonly display: string;
  readonly user: string;
  readonly host: string;
  /** The host, and the port where the URI names one. */
  readonly hostPort: string;
  readonly tag: string;
}

function partyOf(value: string | undefined): Party {
  const parsed = value === undefined ? undefined : parseNameAddr(value);
  const uri = parsed === undefined ? undefined : parseSipUri(parsed.uri);
  return {
    display: decodeText(parsed?.displayName ?? ''),
    user: decodeUser(uri?.user),
    host: decodeText(uri?.host ?? ''),
    hostPort: decodeText(uri === undefined ? '' : hostPort(uri.host, uri.port)),
    tag: decodeText(parsed?.params.get('tag') ?? ''),
  };
}

/** mod_sofia calls a party whose URI has no user `nobody`, in its variables and in the channel's name. */
function namedParty(value: string | undefined): Party {
  const party = partyOf(value);
  return party.user === '' && party.host !== '' ? { ...party, user: 'nobody' } : party;
}

function hostPort(host: string, port: number): string {
  return port === 0 ? host : `${host}:${port}`;
}

function decodeUser(user: string | undefined): string {
  const text = decodeText(user ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function channelNameOf(request: SipRequest, profile: ProfileView): string {
  const from = namedParty(request.headers.get('From'));
  return `sofia/${profile.name}/${from.user}@${from.hostPort}`;
}

export function callerProfileOf(
  request: SipRequest,
  source: SipSource,
  uuid: string,
  view: ProfileView,
): CallerProfile {
  const asserted = partyOf(request.headers.list('P-Asserted-Identity')[0]);
  const from = asserted.user === '' ? partyOf(request.headers.get('From')) : assertedParty(request, asserted);
  const requestUri = parseSipUri(request.uri);
  return {
    direction: 'inbound',
    logicalDirection: 'inbound',
    username: withoutVariables(from.user),
    dialplan: 'XML',
    callerIdName: withoutVariables(from.display === '' ? from.user || 'unknown' : from.display),
    callerIdNumber: withoutVariables(from.user),
    calleeIdName: '',
    calleeIdNumber: '',
    networkAddress: source.address,
    ani: withoutVariables(from.user),
    destinationNumber: withoutVariables(decodeUser(requestUri?.user)),
    uuid,
    source: 'mod_sofia',
    transferSource: '',
    context: view.context,
    rdnis: '',
    channelName: channelNameOf(request, view),
    profileIndex: '1',
    times: newTimes(),
  };
}

/** P-Asserted-Identity goes before From (sip_cid_type pid); the display name of From stays when it has none. */
function assertedParty(request: SipRequest, asserted: Party): Party {
  return asserted.display === '' ? { ...asserted, display: partyOf(request.headers.get('From')).display } : asserted;
}

/** `switch_sanitize_string`: profile fields may be expanded like variables, so `${` is broken up. */
function withoutVariables(text: string): string {
  return text.replaceAll(/\$(?=\\*\{)/g, '%');
}

/** Headers that become sip_h_ variables: sofia_parse_all_invite_headers() and the X- and P- rule of sofia.c. */
const COPIED_HEADER = /^(x-|p-|on|k-|user-to-user$)/i;
/** More headers than these are not kept. */
const MAX_COPIED_HEADERS = 100;

export function setInviteVariables(channel: Channel, request: SipRequest, source: SipSource, view: ProfileView): void {
  const { headers } = request;
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) channel.variables.setChecked(name, decodeText(value));
  };
  const from = namedParty(headers.get('From'));
  const to = partyOf(headers.get('To'));
  const contact = namedParty(headers.get('Contact'));
  const requestUri = parseSipUri(request.uri);
  const own: readonly (readonly [name: string, value: string])[] = [
    ['direction', 'inbound'],
    ['uuid', channel.uuid],
    ['channel_name', channel.name],
    ['sip_from_user', from.user],
    ['sip_from_host', from.host],
    ['sip_from_uri', `${from.user}@${from.hostPort}`],
    ['sip_from_display', from.display],
    ['sip_from_tag', from.tag],
    ['sip_to_user', to.user],
    ['sip_to_host', to.host],
    ['sip_to_uri', `${to.user}@${to.hostPort}`],
    ['sip_contact_user', contact.user],
    ['sip_contact_host', contact.host],
    ['sip_contact_uri', `${contact.user}@${contact.hostPort}`],
    ['call_uuid', channel.uuid],
    ['sip_req_user', decodeUser(requestUri?.user)],
    ['sip_req_host', requestUri?.host ?? ''],
    ['sip_network_ip', source.address],
    ['sip_network_port', String(source.port)],
    ['sip_received_ip', source.address],
    ['sip_received_port', String(source.port)],
    ['sip_via_protocol', source.transport],
    ['sip_local_network_addr', view.address],
    ['sofia_profile_name', view.name],
    ['sofia_profile_url', `sip:mod_sofia@${view.address}:${view.port}`],
    ['recovery_profile_name', view.name],
    ['max_forwards', headers.get('Max-Forwards') ?? '70'],
  ];
  for (const [name, value] of own) channel.variables.setChecked(name, value);
  set('sip_req_uri', `${requestUri?.user ?? ''}@${hostPort(requestUri?.host ?? '', requestUri?.port ?? 0)}`);
  set('sip_subject', headers.get('Subject'));
  set('sip_call_id', headers.get('Call-ID'));
  set('sip_full_via', headers.get('Via'));
  set('sip_full_from', headers.get('From'));
  set('sip_full_to', headers.get('To'));
  set('sip_user_agent', headers.get('User-Agent'));
  set('sip_cseq', headers.get('CSeq')?.split(' ')[0]);
  set('sip_allow', headers.get('Allow'));
  copyHeaders(channel, request);
}

function copyHeaders(channel: Channel, request: SipRequest): void {
  let count = 0;
  for (const { name, value } of request.headers.entries()) {
    if (/^p-asserted-identity$/i.test(name)) {
      channel.variables.setChecked('sip_P-Asserted-Identity', partyOf(value).user);
      channel.variables.set('sip_cid_type', 'pid');
      continue;
    }
    if (!COPIED_HEADER.test(name) || count >= MAX_COPIED_HEADERS) continue;
    count += 1;
    channel.variables.setChecked(`sip_h_${decodeText(name)}`, decodeText(value));
  }
}

/** What a BYE leaves in the variables; answers the cause it stands for. */
export function noteBye(channel: Channel, bye: SipRequest): SwitchCause {
  const reason = bye.headers.get('Reason');
  const cause = causeFromReason(reason) ?? 'NORMAL_CLEARING';
  const { variables } = channel;
  variables.set('sip_hangup_disposition', 'recv_bye');
  variables.set('sip_term_status', '200');
  variables.set('proto_specific_hangup_cause', 'sip:200');
  variables.set('sip_term_cause', String(causeNumber(cause)));
  variables.setChecked('sip_reason', reason === undefined ? null : decodeText(reason));
  return cause;
}
