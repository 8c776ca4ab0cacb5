/** What the application is told of an INVITE. */
import type { AttestationHeader } from '../../domain/trunks/trunk.js';

/** An INVITE as it came in. All text is the caller's and hostile. */
export interface InviteFacts {
  readonly sipCallId: string;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** User part of the Request-URI. */
  readonly calledUser: string;
  /** User part of P-Asserted-Identity, else of From. */
  readonly callerUser: string;
  readonly callerName: string | null;
  /** `verstat` parameter (STIR/SHAKEN) when the trunk sent one. */
  readonly verstat: string | null;
  /** What stands in the headers of `ATTESTATION_HEADERS`, whoever wrote them; absent for none. */
  readonly attestations?: Readonly<Partial<Record<AttestationHeader, string>>>;
  /** He asked that his number go no further: Privacy (RFC 3323), or an anonymous From. */
  readonly isPrivate: boolean;
  readonly hasOffer: boolean;
}
