/**
 * Whose consent a recording needs: in some states that of everybody who is heard. Who calls from one hears the announcement before
 * anything of him is recorded. The list is data that an admin edits; it is no legal advice.
 */
import type { CallTags } from './call-tags.js';

/**
 * States whose statutes ask for the consent of all parties to a recorded telephone call, with the statute. Oregon (ORS 165.540) asks for it
 * in person and not on the telephone; Michigan and Delaware are read both ways by their courts, and stand here for caution.
 */
export const ALL_PARTY_STATUTES: Readonly<Record<string, string>> = {
  CA: 'Cal. Penal Code § 632, 632.7',
  CT: 'Conn. Gen. Stat. § 52-570d',
  DE: 'Del. Code tit. 11 § 1335(a)(4)',
  FL: 'Fla. Stat. § 934.03',
  IL: '720 ILCS 5/14-2',
  MA: 'Mass. Gen. Laws ch. 272 § 99',
  MD: 'Md. Code, Cts. & Jud. Proc. § 10-402',
  MI: 'Mich. Comp. Laws § 750.539c',
  MT: 'Mont. Code § 45-8-213',
  NH: 'N.H. Rev. Stat. § 570-A:2',
  NV: 'Nev. Rev. Stat. § 200.620',
  PA: '18 Pa. Cons. Stat. § 5704',
  WA: 'Wash. Rev. Code § 9.73.030',
};

export interface ConsentRule {
  /** Two letters each. */
  readonly states: readonly string[];
}

/** By the caller's area code, and by what a publisher's ping says of him: he may have moved with his number. */
const STATE_TAGS = ['caller.state', 'ping.state'] as const;

/** Why the caller must hear the announcement, for people; null when he need not. Of whom nothing is known is asked. */
export function whyConsent({ states }: ConsentRule, tags: CallTags): string | null {
  const known = STATE_TAGS.flatMap((tag) => tags.get(tag)?.toUpperCase() ?? []);
  if (known.length === 0) return 'where the caller is, is not known';
  const found = known.find((state) => states.includes(state));
  return found === undefined ? null : `the caller may be in ${found}`;
}
