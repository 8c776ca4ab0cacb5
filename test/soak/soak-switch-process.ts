/**
 * The embedded switch in a process of its own that also says what it holds: `ringpost switch` has no door for that, so the soak test
 * starts it through the same function as the command does.
 */
import { DrachtioDialog } from '../../src/embedded/drachtio/drachtio-dialog.js';
import { Channel } from '../../src/embedded/freeswitch/channel.js';
import { ChannelMedia } from '../../src/embedded/freeswitch/channel-media.js';
import { SofiaSession } from '../../src/embedded/freeswitch/sofia-session.js';
import { SipDialog } from '../../src/embedded/sip/sip-dialog.js';
import { SipRequest, SipResponse } from '../../src/embedded/sip/sip-message.js';
import { UacTransaction } from '../../src/embedded/sip/uac-transaction.js';
import { UasTransaction } from '../../src/embedded/sip/uas-transaction.js';
import {
  type EmbeddedSwitch,
  type EmbeddedSwitchOptions,
  startEmbeddedSwitch,
} from '../../src/embedded/switch-process.js';
import { answerParent } from './child-link.js';
import { countObjects, reportProcess, writeSnapshot } from './process-report.js';
import { whenZero } from './when-zero.js';

export interface SwitchAddresses {
  readonly sipPort: number;
  readonly controlPort: number;
  readonly eventSocketPort: number;
  readonly freeswitchSipAddress: string;
}

const bugs: string[] = [];
let running: EmbeddedSwitch | null = null;

async function start(options: EmbeddedSwitchOptions): Promise<SwitchAddresses> {
  const log = (event: string, details: Readonly<Record<string, string | number>>): void => {
    if (event === 'bug') bugs.push(JSON.stringify(details));
  };
  running = await startEmbeddedSwitch({ ...options, log });
  const { sipPort, controlPort, eventSocketPort, freeswitchSipAddress } = running;
  return { sipPort, controlPort, eventSocketPort, freeswitchSipAddress };
}

/** What must be 0 when no call is up; the connections of the control app and counters since start are not among it. */
function held(): Record<string, number> {
  if (running === null) return {};
  const { drachtio, freeswitch, freeswitchSip, mediaSessions } = running.counts();
  const { dialogs, pendingRequests, openRequests, sip } = drachtio;
  const { channels, legs, queuedEvents, conferenceMembers, channelTimers, recordings } = freeswitch;
  return {
    ...{ dialogs, pendingRequests, openRequests, channels, legs, queuedEvents, conferenceMembers, channelTimers },
    ...{ recordings, mediaSessions },
    ...sipHeld('drachtio', sip),
    ...sipHeld('freeswitch', freeswitchSip),
  };
}

function sipHeld(half: string, counts: Readonly<Record<string, number>> | object): Record<string, number> {
  const names = [
    'serverTransactions',
    'clientTransactions',
    'awaitingAck',
    'awaitingPrack',
    'timers',
    'tcpConnections',
  ];
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([name]) => names.includes(name))
      .map(([name, count]) => [`${half}.${name}`, Number(count)]),
  );
}

answerParent(
  {
    start: (options) => start(options as EmbeddedSwitchOptions),
    held,
    settled: (limitMs) => whenZero(held, Number(limitMs)),
    report: reportProcess,
    objects: () =>
      countObjects({
        ...{ Channel, ChannelMedia, SofiaSession, DrachtioDialog, SipDialog, SipRequest, SipResponse },
        ...{ UacTransaction, UasTransaction },
      }),
    bugs: () => bugs,
    snapshot: writeSnapshot,
  },
  async () => running?.close(),
);
