/** HEARTBEAT: how full the switch is. drachtio-fsmrf and the control app choose and judge media servers by it. */
import { SWITCH_VERSION } from './api/system-commands.js';
import type { SwitchCore } from './switch-core.js';

/** The returned function stops it. */
export function startHeartbeat(core: SwitchCore, intervalMs: number): () => void {
  const timer = setInterval(() => fireHeartbeat(core), intervalMs);
  return () => clearInterval(timer);
}

export function fireHeartbeat(core: SwitchCore): void {
  const { channels } = core;
  const uptimeMs = Math.floor(core.uptimeMs());
  core.events.fire('HEARTBEAT', (event) => {
    event
      .add('Event-Info', 'System Ready')
      .add('Up-Time', upTime(uptimeMs))
      .add('FreeSWITCH-Version', SWITCH_VERSION)
      .add('Uptime-msec', uptimeMs)
      .add('Session-Count', channels.size())
      .add('Max-Sessions', channels.limits.maxSessions)
      .add('Session-Per-Sec', channels.limits.sessionsPerSecond)
      .add('Session-Per-Sec-Last', channels.lastSessionsPerSecond(performance.now()))
      .add('Session-Per-Sec-Max', channels.perSecondPeak)
      .add('Session-Per-Sec-FiveMin', channels.perSecondPeak)
      .add('Session-Since-Startup', channels.sessionsSinceStart)
      .add('Session-Peak-Max', channels.sessionsPeak)
      .add('Session-Peak-FiveMin', channels.sessionsPeak)
      .add('Idle-CPU', '100.000000');
  });
}

function upTime(uptimeMs: number): string {
  const seconds = Math.floor(uptimeMs / 1000);
  const parts: readonly (readonly [value: number, unit: string])[] = [
    [0, 'year'],
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor((seconds % 86_400) / 3600), 'hour'],
    [Math.floor((seconds % 3600) / 60), 'minute'],
    [seconds % 60, 'second'],
    [uptimeMs % 1000, 'millisecond'],
    [0, 'microsecond'],
  ];
  return parts.map(([value, unit]) => `${value} ${unit}${value === 1 ? '' : 's'}`).join(', ');
}
