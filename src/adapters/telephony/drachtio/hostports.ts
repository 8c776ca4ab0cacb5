/** Addresses as drachtio writes them. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The list of addresses with which drachtio answers `authenticate`, such as `tcp/127.0.0.1:5060,udp/[::1]:5060`. */
export function readUdpAddress(hostports: string): HostPort | null {
  for (const entry of hostports.split(',')) {
    const match = /^udp\/\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(entry.trim());
    if (match?.[1] !== undefined) return { host: match[1], port: Number(match[2]) };
  }
  return null;
}
