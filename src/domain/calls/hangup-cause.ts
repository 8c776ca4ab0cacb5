/**
 * Hang-up causes by the names that FreeSWITCH gives to ITU-T Q.850, and the SIP status that stands for each (RFC 3398
 * section 7.2.6.1, as mod_sofia maps them).
 */
interface CauseRow {
  readonly q850: number;
  readonly sipStatus: number;
}

export const HANGUP_CAUSES = {
  UNALLOCATED_NUMBER: { q850: 1, sipStatus: 404 },
  NO_ROUTE_DESTINATION: { q850: 3, sipStatus: 404 },
  NORMAL_CLEARING: { q850: 16, sipStatus: 200 },
  USER_BUSY: { q850: 17, sipStatus: 486 },
  NO_USER_RESPONSE: { q850: 18, sipStatus: 408 },
  NO_ANSWER: { q850: 19, sipStatus: 480 },
  SUBSCRIBER_ABSENT: { q850: 20, sipStatus: 480 },
  CALL_REJECTED: { q850: 21, sipStatus: 603 },
  NUMBER_CHANGED: { q850: 22, sipStatus: 410 },
  DESTINATION_OUT_OF_ORDER: { q850: 27, sipStatus: 502 },
  INVALID_NUMBER_FORMAT: { q850: 28, sipStatus: 484 },
  FACILITY_REJECTED: { q850: 29, sipStatus: 501 },
  NORMAL_UNSPECIFIED: { q850: 31, sipStatus: 480 },
  NORMAL_CIRCUIT_CONGESTION: { q850: 34, sipStatus: 503 },
  NETWORK_OUT_OF_ORDER: { q850: 38, sipStatus: 503 },
  NORMAL_TEMPORARY_FAILURE: { q850: 41, sipStatus: 503 },
  SWITCH_CONGESTION: { q850: 42, sipStatus: 503 },
  BEARERCAPABILITY_NOTAVAIL: { q850: 58, sipStatus: 503 },
  INCOMPATIBLE_DESTINATION: { q850: 88, sipStatus: 488 },
  RECOVERY_ON_TIMER_EXPIRE: { q850: 102, sipStatus: 504 },
  INTERWORKING: { q850: 127, sipStatus: 500 },
  ORIGINATOR_CANCEL: { q850: 487, sipStatus: 487 },
  MEDIA_TIMEOUT: { q850: 804, sipStatus: 480 },
} as const satisfies Record<string, CauseRow>;

export type HangupCause = keyof typeof HANGUP_CAUSES;

export function isHangupCause(name: string): name is HangupCause {
  return Object.hasOwn(HANGUP_CAUSES, name);
}

/** The cause that a final SIP status stands for (RFC 3398 section 8.2.6.1). */
export function causeFromSipStatus(sipStatus: number): HangupCause {
  switch (sipStatus) {
    case 200:
      return 'NORMAL_CLEARING';
    case 404:
      return 'UNALLOCATED_NUMBER';
    case 485:
    case 604:
      return 'NO_ROUTE_DESTINATION';
    case 401:
    case 402:
    case 403:
    case 407:
    case 603:
    case 607:
    case 608:
      return 'CALL_REJECTED';
    case 408:
    case 504:
      return 'RECOVERY_ON_TIMER_EXPIRE';
    case 410:
      return 'NUMBER_CHANGED';
    case 480:
      return 'NO_USER_RESPONSE';
    case 484:
      return 'INVALID_NUMBER_FORMAT';
    case 486:
    case 600:
      return 'USER_BUSY';
    case 487:
      return 'ORIGINATOR_CANCEL';
    case 488:
    case 606:
      return 'INCOMPATIBLE_DESTINATION';
    case 502:
      return 'NETWORK_OUT_OF_ORDER';
    case 503:
      return 'NORMAL_TEMPORARY_FAILURE';
    default:
      return sipStatus >= 500 ? 'NORMAL_TEMPORARY_FAILURE' : 'NORMAL_UNSPECIFIED';
  }
}
