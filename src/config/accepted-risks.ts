/**
 * Risks that an operator may take in so many words: a variable each, which says nothing but its own sentence, since "1" or "yes" would
 * be set without being read. Called by the checks of loadConfig.
 */
export const ACCEPTED_RISKS = {
  defaultSecrets: {
    name: 'RINGPOST_ALLOW_DEFAULT_SECRETS',
    words: 'anybody-may-place-calls',
    description: 'Accepts the secrets that everybody knows. For machines that nobody else reaches.',
  },
  publicControlPorts: {
    name: 'RINGPOST_ALLOW_PUBLIC_CONTROL_PORTS',
    words: 'whoever-reaches-them-may-place-calls',
    description:
      'Accepts control ports of drachtio and FreeSWITCH on a public address. drachtio obeys whoever reaches its port, without any secret: for machines whose firewall closes it.',
  },
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Adds a fault when the variable says anything else than its sentence. */
export function isRiskAccepted(env: Environment, risk: keyof typeof ACCEPTED_RISKS, faults: string[]): boolean {
  const { name, words } = ACCEPTED_RISKS[risk];
  const said = env[name] ?? '';
  if (said !== '' && said !== words) faults.push(`${name} says nothing but ${words}, or is left out.`);
  return said === words;
}
