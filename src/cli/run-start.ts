/**
 * `ringpost start`: the control app for an operator, with his own configuration and database. With the embedded engine
 * the switch is started beside it and told our secrets; with real servers the app connects to them.
 */
import type { Logger } from 'pino';
import { startLoopWatchdog } from '../adapters/system/loop-watchdog.js';
import { CallScope } from '../application/calls/call-scope.js';
import type { LoopWatch } from '../application/ports/loop-watch.js';
import type { Config } from '../config/config-shape.js';
import type { Secrets } from '../config/secrets.js';
import { type ControlApp, type ControlAppSettings, startControlApp } from '../main.js';
import { refuseExposedControlPorts } from './control-port-exposure.js';
import { findOrStartSwitch, type LastingSwitch } from './lasting-switch.js';
import { openLog } from './open-log.js';
import { besideSwitch, controlAppSettings } from './settings.js';

export interface RunStartOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly stop: Promise<unknown>;
}

function settingsFor(config: Config, secrets: Secrets, child: LastingSwitch | null): ControlAppSettings {
  const settings = controlAppSettings(config, { ...secrets, ...child?.secrets });
  if (child === null) return settings;
  // An explicit RINGPOST_SIP_SOURCES is the operator's last word; otherwise the switch answers the trunks' networks only.
  const guard = config.switch.sipSources === null ? { onTrustedNetworks: child.trust } : {};
  return { ...besideSwitch(settings, child.ready), ...guard };
}

/** EX_SOFTWARE of sysexits(3): a supervisor starts the next process, which takes over the calls. */
const STALLED_EXIT_CODE = 70;
const STALL_MS = 2_000;

/** Nothing when the operator has switched it off, as one does for a debugger. */
function watchLoop({ stallExitMs }: Config, log: Logger, scope: CallScope): { readonly loopWatch?: LoopWatch } {
  if (stallExitMs === 0) return {};
  const loopWatch = startLoopWatchdog({
    stallMs: Math.min(STALL_MS, stallExitMs),
    exitMs: stallExitMs,
    exit: (lagMs) => {
      log.fatal({ lagMs }, 'the event loop stood still; the process is ended to be replaced');
      process.exit(STALLED_EXIT_CODE);
    },
  });
  scope.defer(() => loopWatch.close());
  return { loopWatch };
}

/** Settles when it was told to stop and has drained. Rejects when the switch beside it ends by itself. */
export async function runStart(options: RunStartOptions): Promise<void> {
  const { config, secrets } = options;
  const log = openLog(config.logLevel, config.nodeName);
  await using scope = new CallScope((error) => log.error({ err: error }, 'a part did not stop'));
  await refuseExposedControlPorts(config);
  let callsLeft = (): number => 0;
  const child = config.engine === 'embedded' ? await findOrStartSwitch(config.files.dataFolder, secrets) : null;
  if (child !== null) {
    scope.defer(() => (callsLeft() > 0 ? child.leave() : child.stop()));
    const { ready, isFound } = child;
    log.info(
      { sip: `${ready.sipAddress}:${ready.sipPort}`, limits: ready.limits, isFound },
      'the embedded switch is up',
    );
  }
  const watch = watchLoop(config, log, scope);
  const abandon = new AbortController();
  void options.stop.then(() => abandon.abort());
  const settings = { ...settingsFor(config, secrets, child), ...watch, abandon: abandon.signal };
  const app: ControlApp = await startControlApp(settings, log);
  scope.defer(() => app.close());
  callsLeft = () => app.live.size;
  const { campaigns, didsByNumber } = app.store.configuration.current();
  log.info({ campaigns: campaigns.size, dids: didsByNumber.size, api: app.apiUrl }, 'ready for calls');
  const faxLines = [...didsByNumber.values()].filter(({ fax }) => fax !== null).map(({ number }) => number);
  if (config.engine === 'embedded' && faxLines.length > 0)
    log.warn({ faxLines }, 'the embedded switch receives no faxes: calls to fax lines are refused with 488');
  if (didsByNumber.size === 0) log.warn('no DID is configured: load a configuration file with "ringpost apply FILE"');
  const switchGone =
    child === null ? new Promise<never>(() => undefined) : child.exited.then(() => 'switch-gone' as const);
  const lost = app.lost.then(() => 'lost' as const);
  const why = await Promise.race([options.stop.then(() => 'stop' as const), switchGone, lost]);
  if (why === 'lost') throw new Error('another process serves the calls of this database now');
  log.info(
    { liveCalls: app.live.size, drainMs: config.calls.drainMs },
    'stopping: no new calls, those that are up may finish',
  );
  if (why === 'switch-gone') throw new Error('the embedded switch ended by itself; see switch.log in the data folder');
}
