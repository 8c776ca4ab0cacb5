#!/usr/bin/env node
/** The command line: reads arguments and environment, hands over to one file per command, and turns faults into sentences and exit codes. */

import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { createSystemClock } from '../adapters/system/system-clock.js';
import { loadConfig } from '../config/config.js';
import { type HostAndPort, parseHostAndPort } from '../config/network-address.js';
import { neededAccess } from './api-client.js';
import { changedLines } from './changed-lines.js';
import { splitClientEnvironment } from './client-environment.js';
import { runDemo } from './demo/run-demo.js';
import { OPERATOR_PATIENCE } from './doctor/patience.js';
import { sourcesFile } from './lasting-switch.js';
import { runApply, runExport } from './run-apply.js';
import { type CallConditions, CONDITIONS, runCalls } from './run-calls.js';
import { runDoctor } from './run-doctor.js';
import { runFirewall } from './run-firewall.js';
import { type KeyCommand, runKey } from './run-key.js';
import { runStart } from './run-start.js';
import { runSwitch } from './run-switch.js';
import { runTail } from './run-tail.js';
import { runTestCall } from './run-test-call.js';
import { embeddedSwitchOptions } from './settings.js';

const print = (line: string): void => console.log(line);

/** What the app is configured by, and what a command needs that speaks to a running one. */
const { api, rest: environment } = splitClientEnvironment(process.env);

/** Writes over its own last line on a terminal, beside what is printed; null where standard error is none. */
function terminalProgress(): ((text: string) => void) | null {
  const { stderr } = process;
  return stderr.isTTY ? (text) => void stderr.write(`\r\x1b[K${text}`) : null;
}

/** Settles at the first SIGINT or SIGTERM; the process may end when the command has put everything away. */
function stopRequested(): { readonly stop: Promise<void>; readonly done: () => void } {
  let stopped = (): void => undefined;
  let finished = (): void => undefined;
  const stop = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  const whenDone = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const grace = closeWithGrace({ delay: false }, async ({ err }) => {
    if (err !== undefined) console.error(err);
    stopped();
    await whenDone;
  });
  return {
    stop,
    done: () => {
      grace.uninstall();
      finished();
    },
  };
}

async function untilStopped<Result>(run: (stop: Promise<void>) => Promise<Result>): Promise<Result> {
  const { stop, done } = stopRequested();
  try {
    return await run(stop);
  } finally {
    done();
  }
}

const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new Error(`${text} is no port`);
  return value;
};

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 3_600)) throw new Error(`${text} is no number of seconds up to 3600`);
  return value;
};

function hostAndPort(text: string): HostAndPort {
  const value = parseHostAndPort(text);
  if (value === null) throw new Error(`${text} is no host:port`);
  return value;
}

type KeyOptions = { readonly json: boolean; readonly name?: string; readonly scope?: string[] };

/** Keys of the REST API, on the database of the environment, whether the app runs or not. */
function addConfigurationCommands(program: Command): void {
  program
    .command('apply <file>')
    .description('check a configuration file and put it in force')
    .action(async (file: string) => {
      process.exitCode = await runApply({ ...loadConfig(environment), print }, file);
    });
  program
    .command('export')
    .description('print the configuration in force as a configuration file')
    .action(() => runExport({ ...loadConfig(environment), print }));
  program
    .command('firewall')
    .description('print an nftables file that lets SIP in from the active trunks alone')
    .action(() => runFirewall({ ...loadConfig(environment), print }));
}

function addKeyCommands(program: Command): void {
  const key = program.command('key').description('make, list and revoke keys of the REST API');
  const run = async ({ json: isJson }: KeyOptions, command: KeyCommand): Promise<void> => {
    process.exitCode = await runKey({ ...loadConfig(environment), isJson, print }, command);
  };
  key
    .command('create')
    .description('make a key and print it, once')
    .option('--name <name>', 'what the key is for', 'made on the command line')
    .option('--scope <scope...>', 'what it may do; without any, everything')
    .option('--json', 'print the key and what it may do as one line of JSON', false)
    .action((options: KeyOptions) =>
      run(options, { kind: 'create', name: options.name ?? '', scopes: options.scope ?? [] }),
    );
  key
    .command('list')
    .description('list the keys by their beginnings')
    .option('--json', 'print them as one line of JSON', false)
    .action((options: KeyOptions) => run(options, { kind: 'list' }));
  key
    .command('revoke <id>')
    .description('revoke a key by its id or its beginning')
    .option('--json', 'print the key as one line of JSON', false)
    .action((id: string, options: KeyOptions) => run(options, { kind: 'revoke', id }));
}

/** What tells an operator whether the installation works. */
function addDiagnosisCommands(program: Command): void {
  program
    .command('doctor')
    .description('check the installation that the environment describes, and say what to do about each finding')
    .option('--json', 'print the findings as one line of JSON', false)
    .action(async ({ json: isJson }: { json: boolean }) => {
      const progress = terminalProgress();
      process.exitCode = await runDoctor({ env: process.env, isJson, print, progress, patience: OPERATOR_PATIENCE });
    });
  program
    .command('test-call <did>')
    .description('call a number of the running system, show its steps, and say what the caller heard')
    .option('--from <number>', "the caller's number", '+13105550123')
    .option('--seconds <seconds>', 'how long to talk to the buyer', seconds, 5)
    .option('--sip <host:port>', 'where SIP is taken, when the environment does not say', hostAndPort)
    .option('--json', 'print the verdict and the record as one line of JSON', false)
    .action(async (did: string, options: { from: string; seconds: number; sip?: HostAndPort; json: boolean }) => {
      const { from, seconds: talkS, sip = null, json: isJson } = options;
      const call = { env: process.env, did, from, talkMs: talkS * 1_000, sip, answerMs: 20_000, isJson, print };
      process.exitCode = await untilStopped((stop) => runTestCall({ ...call, stop }));
    });
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${text} is no whole number from 1 on`);
  return value;
};

/** What a running app knows of its calls; by RINGPOST_URL and RINGPOST_API_KEY. */
function addCallCommands(program: Command): void {
  const calls = program
    .command('calls')
    .description('print the call log of the running app, newest first')
    .option('--limit <count>', 'how many calls', count, 50)
    .option('--json', 'print one line of JSON for each call', false);
  for (const [name, meaning] of Object.entries(CONDITIONS)) calls.option(`--${name} <value>`, meaning);
  calls.action(async ({ limit, json: isJson, ...conditions }: { limit: number; json: boolean } & CallConditions) => {
    process.exitCode = await runCalls({ api: neededAccess(api), conditions, limit, isJson, print });
  });
  program
    .command('tail')
    .description('print the events of calls as they happen, until it is stopped')
    .option('--campaign <id>', 'of one campaign alone')
    .option('--call <id>', 'of one call alone')
    .option('--json', 'print the events as the live feed has them', false)
    .action(async (options: { campaign?: string; call?: string; json: boolean }) => {
      const { campaign = null, call = null, json: isJson } = options;
      const say = (line: string): void => console.error(line);
      const tail = { api: neededAccess(api), campaign, call, isJson, print, say, clock: createSystemClock() };
      process.exitCode = await untilStopped((stop) => runTail({ ...tail, stop }));
    });
}

function buildProgram(): Command {
  const program = new Command('ringpost').description('Self-hosted pay-per-call switch for drachtio and FreeSWITCH');
  program
    .command('demo')
    .description('start everything on this machine, place one real call and show each of its steps')
    .option('--once', 'stop after the call; exit status 1 if any step failed', false)
    .option('--data-folder <folder>', 'keep database, prompts and recordings here instead of a temporary folder')
    .option('--sip-port <port>', 'SIP port of the switch, 0 for a free one', port)
    .option(
      '--servers <host:port>',
      'use the drachtio that takes SIP there, and the FreeSWITCH of the environment',
      hostAndPort,
    )
    .action(async (options: { once: boolean; dataFolder?: string; sipPort?: number; servers?: HostAndPort }) => {
      const { once: isOnce, dataFolder = null, sipPort = 0, servers: serversSip = null } = options;
      process.exitCode = await untilStopped((stop) =>
        runDemo({ isOnce, dataFolder, sipPort, serversSip, print, stop }),
      );
    });
  program
    .command('start')
    .description('run the control app with the configuration of the environment')
    .action(() => untilStopped((stop) => runStart({ ...loadConfig(environment), stop })));
  program
    .command('switch')
    .description('run the embedded switch: drachtio and FreeSWITCH to the control app')
    .option('--json', 'print one line of JSON when ready', false)
    .option('--beside <folder>', 'serve the app of this data folder: it says there whose SIP is answered')
    .option('--free-ports', 'take free ports for the control ports', false)
    .option('--sip-port <port>', 'SIP port in place of the configured one, 0 for a free one', port)
    .action(async (options: { json: boolean; beside?: string; freePorts: boolean; sipPort?: number }) => {
      const { config, secrets } = loadConfig(environment);
      const ports = { areFree: options.freePorts, sipPort: options.sipPort ?? null };
      const settings = embeddedSwitchOptions(config, secrets, ports);
      const { beside = null, json: isJson } = options;
      const over = new AbortController();
      const trustLines = beside === null ? null : changedLines(sourcesFile(beside), over.signal);
      const running = { settings, isJson, trustLines, endsAlone: beside !== null, print };
      await untilStopped((stop) => runSwitch({ ...running, stop })).finally(() => over.abort());
    });
  addConfigurationCommands(program);
  addKeyCommands(program);
  addDiagnosisCommands(program);
  addCallCommands(program);
  return program;
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
