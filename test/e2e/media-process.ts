/**
 * The FreeSWITCH half of the embedded switch alone, in a process of its own that can be killed: see mortal-media-server.ts. It is forked ahead of
 * time and listens when it is told to, so that how long a start takes does not depend on how busy the machine is.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.js';
import { createFreeswitch } from '../../src/embedded/freeswitch/freeswitch.js';
import { createMediaEngine } from '../../src/embedded/media/media-engine.js';

const LOOPBACK = '127.0.0.1';
const folder = join(tmpdir(), 'ringpost-switch');

/** 0 takes a free one. */
export interface MediaPorts {
  readonly sipPort: number;
  readonly eventSocketPort: number;
  readonly password: string;
}

const engine = await createMediaEngine({ rtpPortMin: 16_384, rtpPortMax: 32_767, workers: 1 });

async function listen({ sipPort, eventSocketPort, password }: MediaPorts): Promise<void> {
  const freeswitch = await createFreeswitch({
    engine,
    sipAddress: LOOPBACK,
    sipPort,
    eventSocketAddress: LOOPBACK,
    eventSocketPort,
    eventSocketPassword: password,
    rtpAddress: LOOPBACK,
    confFolder: join(packageRoot(), 'freeswitch-conf'),
    soundsFolder: join(folder, 'sounds'),
    recordingsFolder: join(folder, 'recordings'),
    environment: process.env,
  });
  process.send?.({ sipPort: freeswitch.sipPort, eventSocketPort: freeswitch.eventSocketPort, password });
}

process.on('message', (ports: MediaPorts) => void listen(ports));
process.on('disconnect', () => process.exit());
process.send?.('warm');
