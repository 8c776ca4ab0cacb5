/** `ringpost firewall`: prints an nftables file made of the trunks that are configured. It changes nothing. */
import pino from 'pino';
import type { Config } from '../config/config-shape.js';
import { trustedNetworks } from '../domain/trunks/trunk.js';
import { openWorkshop } from '../main.js';
import { firewallFile } from './firewall-file.js';
import type { FileCommandOptions } from './run-apply.js';
import { controlAppSettings } from './settings.js';

/** drachtio's own default, and TLS beside it. */
const SIP_PORT = 5_060;
const SIPS_PORT = 5_061;

function sipPortsOf({ engine, switch: { sipPort } }: Config): readonly number[] {
  return engine === 'embedded' && sipPort !== 0 ? [sipPort] : [SIP_PORT, SIPS_PORT];
}

function controlPortsOf({ drachtio, mediaServers, http }: Config): readonly number[] {
  const ports = [
    drachtio.port,
    http.port,
    ...mediaServers.flatMap(({ eventSocket, sip }) => [eventSocket.port, sip.port]),
  ];
  return ports.filter((port) => port !== 0);
}

export async function runFirewall({ config, secrets, print }: FileCommandOptions): Promise<void> {
  await using workshop = await openWorkshop(controlAppSettings(config, secrets), pino({ level: 'silent' }));
  const { trunks } = await workshop.configuration.export();
  const { rtpPortMin, rtpPortMax } = config.switch;
  print(
    firewallFile({
      networks: trustedNetworks(trunks),
      sipPorts: sipPortsOf(config),
      controlPorts: controlPortsOf(config),
      rtpPortMin,
      rtpPortMax,
    }),
  );
}
