/** A channel without SIP and media, for what needs only its variables and profile. */
import { newTimes } from '../../../src/embedded/freeswitch/caller-profile.js';
import { Channel } from '../../../src/embedded/freeswitch/channel.js';
import { ChannelTable } from '../../../src/embedded/freeswitch/channel-table.js';
import { Conferences } from '../../../src/embedded/freeswitch/conference.js';
import { EventBus } from '../../../src/embedded/freeswitch/event-bus.js';
import type { SwitchCore } from '../../../src/embedded/freeswitch/switch-core.js';

export function looseChannel(): { core: SwitchCore; channel: Channel } {
  const events = new EventBus({ ipv4: '127.0.0.1' });
  const core: SwitchCore = {
    events,
    channels: new ChannelTable({ maxSessions: 10, sessionsPerSecond: 10 }),
    applications: new Map(),
    apis: new Map(),
    dialplan: { hunt: async () => null, reload: async () => 'Success' },
    globals: new Map(),
    profile: { name: 'p', address: '127.0.0.1', port: 1, context: 'ringpost', callsIn: 0, failedCallsIn: 0 },
    soundsFolder: '/sounds',
    recordingsFolder: '/recordings',
    uptimeMs: () => 0,
    conferences: new Conferences(),
    reportBug: (error) => {
      throw error;
    },
    connectOut: async () => {},
  };
  const channel = new Channel({
    uuid: 'loose',
    name: 'sofia/p/loose',
    events,
    endpoint: { answer: async () => true, preAnswer: async () => true, ringReady: () => {}, hangUp: async () => {} },
    profile: {
      direction: 'inbound',
      logicalDirection: 'inbound',
      username: '',
      dialplan: 'XML',
      callerIdName: '',
      callerIdNumber: '',
      calleeIdName: '',
      calleeIdNumber: '',
      networkAddress: '127.0.0.1',
      ani: '',
      destinationNumber: '',
      uuid: 'loose',
      source: 'mod_sofia',
      transferSource: '',
      context: 'ringpost',
      rdnis: '',
      channelName: '',
      profileIndex: '1',
      times: newTimes(),
    },
  });
  return { core, channel };
}
