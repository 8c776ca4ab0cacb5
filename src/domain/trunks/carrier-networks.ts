/**
 * Networks from which carriers say that their INVITEs come, as data with source and date. They are the source addresses of a trunk
 * that names the carrier's profile and none of its own, and the doctor compares every trunk with them.
 */

export interface CarrierRegion {
  readonly name: string;
  /** A carrier's call may come from any of these, so a trunk of this region needs all. */
  readonly cidrs: readonly string[];
}

export interface Carrier {
  readonly name: string;
  /** How a trunk of this carrier is recognised by its name or its gateways. */
  readonly mark: RegExp;
  readonly source: string;
  readonly readOn: string;
  /** The regions stand for themselves; a trunk uses those of which it has an address. */
  readonly regions: readonly CarrierRegion[];
}

export const CARRIERS: readonly Carrier[] = [
  {
    name: 'Telnyx',
    mark: /telnyx/i,
    // The page of addresses and the page about fail-over name other pairs for Europe, Canada and Australia: each pair is one region here.
    source:
      'https://sip.telnyx.com and https://developers.telnyx.com/docs/voice/sip-trunking/routing/failover-and-retries',
    readOn: '2026-11',
    regions: [
      { name: 'US', cidrs: ['192.76.120.10/32', '64.16.250.10/32'] },
      { name: 'Canada', cidrs: ['192.76.120.31/32', '64.16.250.13/32'] },
      { name: 'Canada (fail-over page)', cidrs: ['193.108.220.10/32', '193.108.220.25/32'] },
      { name: 'Europe', cidrs: ['185.246.41.140/32', '185.246.41.141/32'] },
      { name: 'Europe (fail-over page)', cidrs: ['5.172.39.10/32', '5.172.39.25/32'] },
      { name: 'Australia', cidrs: ['103.115.244.145/32', '103.115.244.146/32'] },
      { name: 'Australia (fail-over page)', cidrs: ['103.135.104.10/32', '103.135.104.25/32'] },
    ],
  },
  {
    name: 'Twilio',
    mark: /twilio/i,
    source: 'https://www.twilio.com/docs/sip-trunking/ip-addresses',
    readOn: '2026-11',
    // Twilio asks to let in all of them, whatever the region of the trunk.
    regions: [
      {
        name: 'all edges',
        cidrs: [
          ...['54.172.60.0/30', '54.244.51.0/30', '177.71.206.192/30', '54.171.127.192/30'],
          ...['35.156.191.128/30', '54.65.63.192/30', '54.169.127.128/30', '54.252.254.64/30'],
        ],
      },
    ],
  },
];

/** Every network of a carrier, whatever its region. */
export function networksOfCarrier(name: string): readonly string[] {
  return CARRIERS.filter((carrier) => carrier.name === name).flatMap(({ regions }) =>
    regions.flatMap(({ cidrs }) => cidrs),
  );
}
