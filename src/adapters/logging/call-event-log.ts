/**
 * The one place that reports what happens in calls: structured lines by pino, each with the call's id, caller numbers
 * masked unless the level is debug or finer, and the counters that have no call. Further listeners, such as the demo's terminal, are handed every
 * event too; a listener that throws is logged and never reaches the flow.
 */
import type { Logger } from 'pino';
import type { CallEvents } from '../../application/ports/call-events.js';
import type { Call } from '../../domain/calls/call.js';
import { withoutCaller } from '../../domain/calls/mask-caller.js';
import { maskNumber } from '../../domain/trunks/phone-number.js';

export interface CallEventLog extends CallEvents {
  /** INVITEs without an answer because nobody knows their source, since the start. */
  readonly unknownSources: () => number;
  readonly subscribe: (listener: Partial<CallEvents>) => () => void;
}

const UNKNOWN_SOURCE_LOG_EVERY = 100;

export function createCallEventLog(log: Logger): CallEventLog {
  const listeners = new Set<Partial<CallEvents>>();
  let unknownSources = 0;
  const showsNumbers = log.isLevelEnabled('debug');
  const tell = (deliver: (listener: Partial<CallEvents>) => void): void => {
    for (const listener of listeners) {
      try {
        deliver(listener);
      } catch (error) {
        log.error({ err: error }, 'a listener of call events failed');
      }
    }
  };
  const summary = (call: Call): Record<string, unknown> => ({
    callId: call.callId,
    state: call.state,
    outcome: call.outcome,
    caller: showsNumbers ? call.callerNumber : maskNumber(call.callerNumber),
    called: call.calledNumber,
    campaignId: call.campaignId,
    buyerId: call.buyerId,
    talkMs: call.talkMs,
    priceMicros: call.priceMicros,
    release: call.release,
  });
  return {
    stepped(call, entry) {
      // A bidder's words may repeat the number that it was asked about.
      const { step, atMs, data, text } = showsNumbers ? entry : withoutCaller(entry, call.callerNumber);
      log.info({ callId: call.callId, step, atMs, ...data }, text);
      tell((listener) => listener.stepped?.(call, entry));
    },
    closed(call) {
      log.info(summary(call), 'call closed');
      tell((listener) => listener.closed?.(call));
    },
    unknownSource(address) {
      unknownSources += 1;
      // A flood of strangers must not become a flood of log lines.
      if (unknownSources % UNKNOWN_SOURCE_LOG_EVERY === 1)
        log.warn({ address, unknownSources }, 'INVITE from an unknown source, not answered');
      tell((listener) => listener.unknownSource?.(address));
    },
    alarm(kind, sentence) {
      log.error({ alarm: kind }, sentence);
      tell((listener) => listener.alarm?.(kind, sentence));
    },
    unknownSources: () => unknownSources,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
