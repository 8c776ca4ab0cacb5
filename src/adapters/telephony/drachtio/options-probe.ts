/**
 * OPTIONS to a gateway (RFC 3261 section 11): whether it is there. Used for the health of gateways and for an INVITE that nobody answers,
 * where it tells a slow gateway from a dead one: drachtio keeps the 100 Trying to itself.
 */
import type { ProbeAnswer } from '../../../application/ports/gateway-probe.js';
import type { Gateway } from '../../../domain/trunks/trunk.js';
import type { TelephonyContext } from '../telephony-context.js';

const HOST_FORM = /^[A-Za-z0-9.:-]{1,253}$/;

/** Null when it has a host that nobody can dial. */
export function gatewayUri({ host, port, transport }: Gateway, user: string | null): string | null {
  if (!HOST_FORM.test(host)) return null;
  const literal = host.includes(':') ? `[${host}]` : host;
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return `sip:${user === null ? '' : `${user}@`}${literal}:${port}${parameter}`;
}

export function probeGateway(
  { clock, drachtio }: Pick<TelephonyContext, 'clock' | 'drachtio'>,
  gateway: Gateway,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const uri = gatewayUri(gateway, null);
  if (uri === null) return Promise.resolve({ kind: 'silent', detail: 'its host is no host name' });
  const startedMs = clock.monotonicMs();
  return new Promise((resolve) => {
    const late = `no answer to OPTIONS within ${timeoutMs} ms`;
    const stop = clock.startTimer(timeoutMs, () => resolve({ kind: 'silent', detail: late }));
    const settle = (answer: ProbeAnswer): void => {
      stop();
      resolve(answer);
    };
    const headers = { From: `<sip:ringpost@${drachtio.localAddress ?? 'localhost'}>` };
    drachtio.request(
      { method: 'OPTIONS', uri, headers },
      {
        sent: () => undefined,
        answered: ({ status }) => {
          if (status < 200) return;
          const latencyMs = clock.monotonicMs() - startedMs;
          // drachtio makes this 408 itself when timer F fires.
          settle(
            status === 408 ? { kind: 'silent', detail: late } : { kind: 'answered', sipStatus: status, latencyMs },
          );
        },
        failed: (error) => settle({ kind: 'silent', detail: printable(error.message) }),
      },
    );
  });
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 120);
}
