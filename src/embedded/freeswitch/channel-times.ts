/** Writes the times of a finished call into its variables: switch_channel_set_timestamps(). Called once, at hang-up. */
import type { Channel } from './channel.js';
import { localStamp } from './event-bus.js';

/** Whole seconds, milliseconds and microseconds, each cut as FreeSWITCH cuts them: difference of cut instants. */
function setSpan(channel: Channel, name: string, fromMicros: number, toMicros: number): void {
  const cut = (unit: number): string =>
    fromMicros === 0 ? '0' : String(Math.floor(toMicros / unit) - Math.floor(fromMicros / unit));
  channel.variables.set(name.replace('*', 'sec'), cut(1_000_000));
  channel.variables.set(name.replace('*', 'msec'), cut(1000));
  channel.variables.set(name.replace('*', 'usec'), cut(1));
}

function setInstant(channel: Channel, name: string, micros: number): void {
  const { variables } = channel;
  if (micros !== 0) variables.set(`${name}_stamp`, localStamp(new Date(micros / 1000)));
  variables.set(`${name}_epoch`, String(Math.floor(micros / 1_000_000)));
  variables.set(`${name}_uepoch`, String(micros));
}

export function setTimestamps(channel: Channel): void {
  if (channel.flags.has('timestamps-set')) return;
  channel.flags.add('timestamps-set');
  const { variables, profile } = channel;
  const { times } = profile;
  variables.set('digits_dialed', channel.digitsDialed === '' ? 'none' : channel.digitsDialed);
  setInstant(channel, 'start', times.created);
  setInstant(channel, 'profile_start', times.profileCreated);
  setInstant(channel, 'answer', times.answered);
  setInstant(channel, 'bridge', times.bridged);
  setInstant(channel, 'last_hold', times.lastHold);
  variables.set('hold_accum_seconds', String(Math.floor(times.holdAccum / 1_000_000)));
  variables.set('hold_accum_usec', String(times.holdAccum));
  variables.set('hold_accum_ms', String(Math.floor(times.holdAccum / 1000)));
  setInstant(channel, 'resurrect', 0);
  setInstant(channel, 'progress', times.progress);
  setInstant(channel, 'progress_media', times.progressMedia);
  setInstant(channel, 'end', times.hungUp);
  variables.set('last_app', channel.lastStep?.application ?? null);
  variables.set('last_arg', channel.lastStep?.argument ?? null);
  const name = profile.callerIdName;
  variables.set('caller_id', name === '' ? profile.callerIdNumber : `"${name}" <${profile.callerIdNumber}>`);
  variables.set('duration', String(Math.floor(times.hungUp / 1_000_000) - Math.floor(times.created / 1_000_000)));
  variables.set('mduration', String(Math.floor(times.hungUp / 1000) - Math.floor(times.created / 1000)));
  variables.set('uduration', String(times.hungUp - times.created));
  setSpan(channel, 'bill*', times.answered, times.hungUp);
  setSpan(channel, 'progress*', times.progress === 0 ? 0 : times.created, times.progress);
  setSpan(channel, 'answer*', times.answered === 0 ? 0 : times.created, times.answered);
  setSpan(channel, 'wait*', times.bridged === 0 ? 0 : times.created, times.bridged);
  setSpan(channel, 'progress_media*', times.progressMedia === 0 ? 0 : times.created, times.progressMedia);
  setSpan(channel, 'flow_bill*', times.answered === 0 ? 0 : times.created, times.hungUp);
}
