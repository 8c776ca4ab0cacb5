/**
 * The page that Prometheus reads. The composition root makes one, subscribes its `events` to the call events and hands the
 * page to the API. Gauges are read when the page is asked for.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import type { CallEvents } from '../../application/ports/call-events.js';
import type { MetricsPage } from '../../application/ports/metrics-page.js';
import type { GatewayState } from '../../application/sale/gateway-health.js';
import { CallMetrics } from './call-metrics.js';

const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;
const LAG_RESOLUTION_MS = 10;

/** What is asked for at each reading. */
export interface MetricsSources {
  readonly liveCalls: () => number;
  /** Reads and writes that wait for the database. */
  readonly pendingWrites: () => number;
  readonly isReady: () => boolean;
  readonly gateways: () => readonly GatewayState[];
}

export interface Metrics extends MetricsPage {
  readonly events: CallEvents;
  /** Ends the measuring of the event loop. */
  close(): void;
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const registers = [registry];
  new Gauge({
    name,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function addProcess(registry: Registry, startedAt: number): void {
  gauge(registry, 'process_start_time_seconds', 'When the process began, since 1970.', () => startedAt / 1_000);
  gauge(registry, 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge(registry, 'nodejs_heap_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed);
  let countedUs = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system - countedUs) / US_PER_SECOND);
      countedUs = user + system;
    },
  });
}

/** The labels are the admin's own words, and as few as his gateways; one that is not probed has no line. */
function addGateways(registry: Registry, list: MetricsSources['gateways']): void {
  new Gauge({
    name: 'ringpost_gateway_up',
    help: '0 when a gateway of a trunk does not answer OPTIONS.',
    labelNames: ['trunk', 'gateway'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { trunkId: trunk, gateway, state } of list()) {
        if (state !== 'not-probed') this.set({ trunk, gateway }, state === 'down' ? 0 : 1);
      }
    },
  });
}

/** Returns the function that ends the measuring. */
function addEventLoop(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  const seconds = (ns: number): number => (Number.isFinite(ns) ? ns / NS_PER_SECOND : 0);
  new Gauge({
    name: 'ringpost_event_loop_lag_seconds',
    help: 'Delay of the event loop since the last reading, by quantile.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      this.set({ quantile: '0.5' }, seconds(delay.percentile(50)));
      this.set({ quantile: '0.99' }, seconds(delay.percentile(99)));
      this.set({ quantile: '1' }, seconds(delay.max));
      delay.reset();
    },
  });
  return () => void delay.disable();
}

export function createMetrics(sources: MetricsSources, startedAt: number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const events = new CallMetrics(registry);
  gauge(registry, 'ringpost_live_calls', 'Calls that are up now.', sources.liveCalls);
  gauge(registry, 'ringpost_pending_writes', 'Requests that wait for the database.', sources.pendingWrites);
  gauge(registry, 'ringpost_ready', '1 when this node can take a call.', () => (sources.isReady() ? 1 : 0));
  addGateways(registry, sources.gateways);
  addProcess(registry, startedAt);
  const stopLag = addEventLoop(registry);
  const followers = new Gauge({ name: 'ringpost_feed_clients', help: 'Followers of the live feed.', registers });
  const tooSlow = new Counter({
    name: 'ringpost_feed_too_slow_total',
    help: 'Followers of the live feed who were closed because they were too slow.',
    registers,
  });
  const pings = new Counter({
    name: 'ringpost_publisher_pings_total',
    help: 'Pings of publishers, by source and by what they were answered.',
    labelNames: ['source', 'result'],
    registers,
  });
  return {
    events,
    contentType: registry.contentType,
    render: () => registry.metrics(),
    feedOpened() {
      followers.inc();
      return () => followers.dec();
    },
    feedTooSlow: () => tooSlow.inc(),
    pinged: (source, result) => pings.inc({ source, result }),
    close: stopLag,
  };
}
