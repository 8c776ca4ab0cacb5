/**
 * The firewall of a machine as an nftables file: SIP from the trunks alone, control ports closed, audio open. Written by `ringpost firewall`
 * from what is configured; nothing here touches the firewall itself.
 */
import ipaddr from 'ipaddr.js';

export interface FirewallFacts {
  /** Networks of all active trunks, CIDR notation. */
  readonly networks: readonly string[];
  readonly sipPorts: readonly number[];
  readonly controlPorts: readonly number[];
  readonly rtpPortMin: number;
  readonly rtpPortMax: number;
}

/** Sorted and each once; those of this machine need no entry, and what is no network is left to the doctor to name. */
function ofFamily(networks: readonly string[], family: 'ipv4' | 'ipv6'): readonly string[] {
  const good = networks.filter((text) => {
    if (!ipaddr.isValidCIDR(text)) return false;
    const [address] = ipaddr.parseCIDR(text);
    return address.kind() === family && address.range() !== 'loopback';
  });
  return [...new Set(good)].sort();
}

/** `auto-merge`, since trunks may overlap. An empty set has no elements at all: nft refuses an empty list. */
function setOf(name: string, type: string, networks: readonly string[]): string {
  const elements = networks.length === 0 ? '' : `    elements = {\n      ${networks.join(',\n      ')}\n    }\n`;
  return `  set ${name} {\n    type ${type}\n    flags interval\n    auto-merge\n${elements}  }\n`;
}

const listOf = (ports: readonly number[]): string => [...new Set(ports)].sort((a, b) => a - b).join(', ');

/** What `nft -f` takes. Loading it again replaces what it has loaded before, and no other table. */
export function firewallFile(facts: FirewallFacts): string {
  const sip = `meta l4proto { tcp, udp } th dport { ${listOf(facts.sipPorts)} }`;
  const sets = [
    setOf('trunks4', 'ipv4_addr', ofFamily(facts.networks, 'ipv4')),
    setOf('trunks6', 'ipv6_addr', ofFamily(facts.networks, 'ipv6')),
    setOf('buyers4', 'ipv4_addr', []),
    setOf('buyers6', 'ipv6_addr', []),
  ];
  return `#!/usr/sbin/nft -f
# Written by "ringpost firewall" from the active trunks: write it anew when they change. Put into buyers4 and buyers6 the networks of
# buyers with SIP addresses of their own, whose phones send requests inside a call.
table inet ringpost
delete table inet ringpost

table inet ringpost {
${sets.join('\n')}
  chain input {
    type filter hook input priority filter; policy accept;
    iif lo accept
    ct state established,related accept
    # SIP: trunks and buyers alone; everybody else hears nothing at all.
    ${sip} ip saddr @trunks4 accept
    ${sip} ip6 saddr @trunks6 accept
    ${sip} ip saddr @buyers4 accept
    ${sip} ip6 saddr @buyers6 accept
    ${sip} drop
    # The control ports, FreeSWITCH's SIP profile, and the API.
    meta l4proto { tcp, udp } th dport { ${listOf(facts.controlPorts)} } drop
    # Audio comes from anywhere: buyers' phones and the media servers of carriers are many.
    udp dport ${facts.rtpPortMin}-${facts.rtpPortMax} accept
  }
}`;
}
