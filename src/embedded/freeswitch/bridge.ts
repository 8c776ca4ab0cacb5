/**
 * Joins two channels: `uuid_bridge` and what the two channel loops do then. Follows switch_ivr_uuid_bridge(),
 * uuid_bridge_on_soft_execute(), switch_ivr_multi_threaded_bridge() and audio_bridge_thread(), because the order of events,
 * and what each side does when the other hangs up, is what programs rely on.
 *
 * The originator runs the bridge: CS_HIBERNATE -> CS_RESET -> CS_SOFT_EXECUTE (bridged) -> CS_EXECUTE. The other side follows:
 * CS_HIBERNATE -> CS_RESET -> CS_SOFT_EXECUTE -> CS_CONSUME_MEDIA -> CS_EXCHANGE_MEDIA (bridged).
 */
import { cloneProfile } from './caller-profile.js';
import type { Channel } from './channel.js';
import { type ChannelState, stateNumber } from './channel-state.js';
import { switchTrue } from './channel-variables.js';
import { epochMicros } from './event-bus.js';
import { hasRunnableCommand, runNextPrivateCommand, runPrivateCommands } from './private-commands.js';
import { parkSession, transferAfterBridge } from './session-transfer.js';
import type { SwitchCore } from './switch-core.js';

/** How long one side waits for the other to take up its part; FreeSWITCH's switch_channel_wait_for_flag of 10 s. */
const PEER_DEADLINE_MS = 10_000;

/** `switch_ivr_uuid_bridge`: only starts it; false: one of the two is not there or neither has media. */
export function bridgeByUuid(core: SwitchCore, originatorUuid: string, originateeUuid: string): boolean {
  let originator = core.channels.locate(originatorUuid);
  let originatee = core.channels.locate(originateeUuid);
  if (originator === null || originatee === null || originator === originatee) return false;
  if (!originator.hasMedia) {
    if (!originatee.hasMedia) return false;
    [originator, originatee] = [originatee, originator];
  }
  for (const channel of [originator, originatee]) channel.flags.add('redirect');
  setBridgeVariables(originator, originatee);
  setBridgeVariables(originatee, originator);
  originator.variables.set('uuid_bridge', originatee.uuid);
  exchangeProfiles(originator, originatee);
  for (const channel of [originator, originatee]) {
    channel.stopBroadcast();
    channel.flags.add('transfer');
    channel.flags.delete('bridge-originator');
    channel.flags.delete('uuid-bridge-originator');
    channel.stateOverride = 'uuid-bridge';
    channel.notify();
  }
  originator.flags.add('uuid-bridge-originator');
  originator.partner = originatee;
  originatee.partner = originator;
  for (const channel of [originator, originatee]) {
    channel.setState(channel.state === 'CS_HIBERNATE' ? 'CS_CONSUME_MEDIA' : 'CS_HIBERNATE');
  }
  return true;
}

function setBridgeVariables(channel: Channel, other: Channel): void {
  channel.variables.set('bridge_channel', other.name);
  channel.variables.set('bridge_uuid', other.uuid);
  channel.variables.set('signal_bond', other.uuid);
  channel.variables.setChecked('original_destination_number', channel.profile.destinationNumber);
  channel.variables.setChecked('original_caller_id_name', channel.profile.callerIdName);
  channel.variables.setChecked('original_caller_id_number', channel.profile.callerIdNumber);
}

function exchangeProfiles(originator: Channel, originatee: Channel): void {
  originator.otherLeg = { type: 'originatee', profile: cloneProfile(originatee.profile) };
  originatee.otherLeg = { type: 'originator', profile: cloneProfile(originator.profile) };
  const seconds = Math.floor(Date.now() / 1000);
  for (const [channel, other] of [
    [originator, originatee],
    [originatee, originator],
  ] as const) {
    const source = `${seconds}:${channel.uuid}:uuid_br:${other.uuid}`;
    channel.profile.transferSource = source;
    channel.variables.set('transfer_history', source);
    channel.variables.set('transfer_source', source);
  }
}

/** CS_SOFT_EXECUTE of a channel in a `uuid_bridge`: the originator bridges, the other side waits for it. */
export async function softExecuteBridge(core: SwitchCore, channel: Channel): Promise<void> {
  channel.stateOverride = 'none';
  if (!channel.flags.has('uuid-bridge-originator')) return;
  // The flag is for one bridge; another one may set it again while this one runs.
  channel.flags.delete('uuid-bridge-originator');
  const peer = core.channels.locate(channel.variables.get('uuid_bridge') ?? '');
  channel.variables.set('uuid_bridge', null);
  if (peer === null) orphaned(core, channel);
  else await meetPeer(core, channel, peer);
}

/** The other side went before the bridge began. */
function orphaned(core: SwitchCore, channel: Channel): void {
  const where = channel.variables.get('transfer_after_bridge');
  if (channel.variables.isTrue('park_after_bridge')) parkSession(channel);
  else if (where !== null) transferAfterBridge(core, channel, where);
  else channel.hangup('DESTINATION_OUT_OF_ORDER');
}

async function meetPeer(core: SwitchCore, channel: Channel, peer: Channel): Promise<void> {
  const isMet = await waitForPeerState(channel, peer, 'CS_SOFT_EXECUTE');
  if (isMet === 'taken') return;
  if (isMet === 'timeout') {
    channel.hangup('DESTINATION_OUT_OF_ORDER');
    peer.hangup('DESTINATION_OUT_OF_ORDER');
    return;
  }
  if (!peer.isDown && !peer.hasMedia) {
    // A third-party-call leg that has no ACK yet: both are lost, though `+OK` was answered.
    peer.hangup('DESTINATION_OUT_OF_ORDER');
    channel.hangup('ORIGINATOR_CANCEL');
    return;
  }
  const isReady = channel.isReady;
  if (!isReady) peer.hangup('DESTINATION_OUT_OF_ORDER');
  if (!peer.isReady) channel.hangup('DESTINATION_OUT_OF_ORDER');
  if (!isReady || !peer.isReady) return;
  for (const [one, other] of [
    [channel, peer],
    [peer, channel],
  ] as const) {
    one.lastStep = { application: 'uuid_bridge', argument: other.uuid };
    one.fire('CHANNEL_EXECUTE', (event) => event.add('Application', 'uuid_bridge').add('Application-Data', other.uuid));
  }
  await bridgeChannels(core, channel, peer);
  const { state, flags } = channel;
  const isElsewhere = flags.has('transfer') || flags.has('redirect') || state === 'CS_ROUTING' || state === 'CS_PARK';
  if (!isElsewhere && !channel.isDown) channel.setState('CS_EXECUTE');
}

/** Waits until the peer has run through CS_RESET into the state; `taken`: another bridge has got it meanwhile. */
async function waitForPeerState(
  channel: Channel,
  peer: Channel,
  state: ChannelState,
): Promise<'met' | 'taken' | 'timeout'> {
  const deadlineMs = performance.now() + PEER_DEADLINE_MS;
  while (!peer.isDown && !channel.isDown) {
    if (peer.state === 'CS_RESET' && peer.runningState === 'CS_RESET') peer.setState('CS_SOFT_EXECUTE');
    if (peer.state === state && peer.runningState === state) {
      return peer.flags.has('uuid-bridge-originator') ? 'taken' : 'met';
    }
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) return 'timeout';
    await channel.signal.wait(leftMs);
  }
  return 'met';
}

/** What both loops share; whoever leaves first ends it for both. */
interface BridgeRun {
  readonly originator: Channel;
  readonly peer: Channel;
  isOver: boolean;
  /** The originator left because of a transfer, so its after-bridge variables do not apply. */
  originatorLeft: boolean;
  peerLeft: boolean;
}

const RUNS = new WeakMap<Channel, BridgeRun>();

/** `switch_ivr_multi_threaded_bridge`, in the loop of the originator. */
async function bridgeChannels(core: SwitchCore, channel: Channel, peer: Channel): Promise<void> {
  const run: BridgeRun = { originator: channel, peer, isOver: false, originatorLeft: false, peerLeft: false };
  channel.flags.add('bridge-originator');
  peer.flags.delete('bridge-originator');
  peer.stateOverride = 'bridge-peer';
  peer.variables.set('call_uuid', channel.uuid);
  channel.profile.times.bridged = epochMicros();
  peer.profile.times.bridged = channel.profile.times.bridged;
  fireBridgeEvent('CHANNEL_BRIDGE', channel, peer);
  for (const [one, other] of [
    [channel, peer],
    [peer, channel],
  ] as const) {
    one.variables.set('bridge_to', other.uuid);
    one.variables.set('last_bridge_to', other.uuid);
    one.variables.set('bridge_channel', other.name);
    one.variables.set('bridge_uuid', other.uuid);
    one.variables.set('signal_bond', other.uuid);
  }
  await runPrivateCommands(core, channel);
  RUNS.set(peer, run);
  peer.setState('CS_EXCHANGE_MEDIA');
  await runBridge(core, channel, peer, run);
  channel.flags.delete('bridge-originator');
  peer.stopBroadcast();
  await waitWhile(channel, () => peer.state === 'CS_EXCHANGE_MEDIA' && RUNS.get(peer) === run);
  if (channel.hangupCause !== null) peer.variables.set('bridge_hangup_cause', channel.hangupCause);
  if (peer.hangupCause !== null) channel.variables.set('bridge_hangup_cause', peer.hangupCause);
  peer.variables.set('call_uuid', peer.uuid);
  fireBridgeEvent('CHANNEL_UNBRIDGE', channel, peer);
  afterBridge(core, channel, peer, run);
}

function fireBridgeEvent(name: string, channel: Channel, peer: Channel): void {
  channel.fire(name, (event) => {
    event.add('Bridge-A-Unique-ID', channel.uuid).add('Bridge-B-Unique-ID', peer.uuid);
  });
}

/** CS_EXCHANGE_MEDIA: the side that was bridged to. */
export async function exchangeMedia(core: SwitchCore, channel: Channel): Promise<void> {
  const run = RUNS.get(channel);
  channel.stateOverride = 'none';
  if (run === undefined) {
    channel.hangup('DESTINATION_OUT_OF_ORDER');
    return;
  }
  await runBridge(core, channel, run.originator, run);
  RUNS.delete(channel);
  const { flags } = channel;
  const isElsewhere = flags.has('transfer') || flags.has('redirect') || run.peerLeft;
  if (!isElsewhere && channel.state === 'CS_EXCHANGE_MEDIA') {
    const where = channel.variables.get('transfer_after_bridge');
    if (channel.variables.isTrue('park_after_bridge')) parkSession(channel);
    else if (where !== null) transferAfterBridge(core, channel, where);
    else channel.hangup(flags.has('answered') ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL');
  }
  run.originator.notify();
  if (channel.state === 'CS_EXCHANGE_MEDIA') {
    channel.variables.set('park_timeout', '3');
    channel.setState('CS_PARK');
  }
}

/** `audio_bridge_thread`: one side's part of the bridge. */
async function runBridge(core: SwitchCore, channel: Channel, other: Channel, run: BridgeRun): Promise<void> {
  const isOriginator = run.originator === channel;
  channel.partner = other;
  channel.flags.add('bridged');
  channel.notify();
  await waitWhile(channel, () => !other.flags.has('bridged') && isBridging(channel, other, run), PEER_DEADLINE_MS);
  if (other.flags.has('bridged') && isBridging(channel, other, run)) {
    if (isOriginator && channel.media !== null && other.media !== null) channel.media.bridge(other.media);
    while (isBridging(channel, other, run)) {
      await serveBridge(core, channel, other);
      if (isBridging(channel, other, run) && !needsService(channel)) await channel.signal.wait();
    }
  } else if (!other.isDown && !other.flags.has('transfer') && !other.flags.has('redirect') && !run.isOver) {
    other.hangup('DESTINATION_OUT_OF_ORDER');
  }
  const isLeaving = channel.flags.has('transfer') || (!channel.isReady && !channel.isDown);
  if (isLeaving && isOriginator) run.originatorLeft = true;
  if (isLeaving && !isOriginator) run.peerLeft = true;
  run.isOver = true;
  channel.media?.unbridge();
  channel.variables.set('bridge_to', null);
  channel.flags.delete('bridged');
  channel.notify();
  if (channel.partner === other) channel.partner = null;
  other.notify();
}

function isBridging(channel: Channel, other: Channel, run: BridgeRun): boolean {
  return !run.isOver && channel.isReady && !other.isDown && !other.flags.has('transfer');
}

function needsService(channel: Channel): boolean {
  return channel.digits.length > 0 || hasRunnableCommand(channel);
}

/** Digits that came as RTP are relayed by the media engine already; the others are sent on here. */
async function serveBridge(core: SwitchCore, channel: Channel, other: Channel): Promise<void> {
  while (channel.digits.length > 0) {
    const digit = channel.takeDigit();
    if (digit !== null && digit.source !== 'RTP') other.media?.session.sendDtmf(digit.digit, digit.durationMs);
  }
  if (hasRunnableCommand(channel)) await runNextPrivateCommand(core, channel);
}

/** What the originator does when the bridge is over: park, transfer or hang up, as its variables say. */
function afterBridge(core: SwitchCore, channel: Channel, peer: Channel, run: BridgeRun): void {
  const { flags, variables } = channel;
  if (!flags.has('transfer') && !flags.has('redirect') && !run.originatorLeft) {
    const cause = peer.hangupCause ?? 'NORMAL_CLEARING';
    const hangupAfter = variables.get('hangup_after_bridge');
    if (hangupAfter?.toLowerCase() === 'explicit') channel.hangup(cause);
    const where = variables.get('transfer_after_bridge');
    // As in FreeSWITCH a caller who hung up is transferred as well: it changes his profile and uses the variable up, and no more.
    if (peer.flags.has('answered')) {
      if (variables.isTrue('park_after_bridge')) parkSession(channel);
      else if (where !== null) transferAfterBridge(core, channel, where);
      else if (switchTrue(hangupAfter)) channel.hangup(cause);
    }
  }
  if (!flags.has('redirect')) return;
  const isSettled = ['CS_RESET', 'CS_PARK', 'CS_ROUTING', 'CS_EXECUTE', 'CS_HIBERNATE'].includes(channel.state);
  if (!isSettled && stateNumber(channel.state) < stateNumber('CS_HANGUP')) channel.setState('CS_RESET');
}

async function waitWhile(channel: Channel, condition: () => boolean, timeoutMs?: number): Promise<void> {
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  while (condition()) {
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) return;
    await (Number.isFinite(leftMs) ? channel.signal.wait(leftMs) : channel.signal.wait());
  }
}
