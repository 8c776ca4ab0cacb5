/**
 * Reads a bidder's HTTP answer by its dialect: first whether it is an answer at all, then whether it accepts, then its
 * values. Compiled once per dialect. Everything that is not a usable bid comes back with its reason.
 */
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import type { NoBidReason } from '../../domain/bidding/bid.js';
import type { ResponseShape } from '../../domain/bidding/bidder.js';
import type { Destination } from '../../domain/trunks/destination.js';
import { compileAcceptRules } from './accept-rules.js';
import {
  type Reading,
  readBillAfterMs,
  readDestination,
  readLifetimeMs,
  readPrice,
  readReference,
} from './answer-values.js';
import { compilePath, type PathReader, printable } from './dotted-path.js';

export interface NotUsable {
  readonly kind: 'not-usable';
  readonly reason: NoBidReason;
  readonly detail: string;
}

/** Values that the answer does not bring are null. */
export interface AcceptedAnswer {
  readonly kind: 'accepted';
  readonly amountMicros: number | null;
  readonly destination: Destination | null;
  readonly reference: string | null;
  readonly billAfterMs: number | null;
  readonly lifetimeMs: number | null;
}

export type AnswerReader = (status: number, body: string, nowWallMs: number) => AcceptedAnswer | NotUsable;

const notUsable = (reason: NoBidReason, detail: string): NotUsable => ({ kind: 'not-usable', reason, detail });

const absent: PathReader = () => undefined;
const pathReader = (path: string | null): PathReader => (path === null ? absent : compilePath(path));

/** `undefined` for what is no JSON object or list. Of duplicate keys the last one counts, as JSON.parse has it. */
function parseAnswer(body: string): object | undefined {
  try {
    const answer: unknown = JSON.parse(body.startsWith('\ufeff') ? body.slice(1) : body);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

export function compileAnswerReader(shape: ResponseShape, plan: NumberingPlan, defaultCountry: string): AnswerReader {
  const firstFailedRule = compileAcceptRules(shape.accept);
  const price = pathReader(shape.pricePath);
  const destination = pathReader(shape.destinationPath);
  const reference = pathReader(shape.referencePath);
  const billAfter = pathReader(shape.billAfterSecondsPath);
  const expires = pathReader(shape.expiresInSecondsPath);
  const reasons = (shape.reasonPath ?? '').split('&').map((path) => (path === '' ? absent : compilePath(path)));
  const refusals = new Set(shape.refusalStatuses);
  const country = shape.destinationCountry ?? defaultCountry;

  const reasonOf = (answer: unknown, otherwise: string): string => {
    const stated = reasons.map((read) => read(answer)).filter((part) => part !== undefined);
    return stated.length === 0 ? otherwise : printable(stated.map(printable).join(' '));
  };

  const readValues = (answer: object, nowWallMs: number): AcceptedAnswer | NotUsable => {
    const amount: Reading<number> = readPrice(price(answer));
    if (amount.kind === 'bad') return notUsable('absurd-price', `price ${printable(price(answer))}`);
    const reached = readDestination(destination(answer), country, plan);
    if (reached.kind === 'bad') return notUsable('bad-destination', `destination ${printable(destination(answer))}`);
    const lifetimeMs = readLifetimeMs(expires(answer), nowWallMs);
    if (lifetimeMs === 0) return notUsable('late', `the bid had expired when it came: ${printable(expires(answer))}`);
    return {
      kind: 'accepted',
      amountMicros: amount.kind === 'value' ? amount.value : null,
      destination: reached.kind === 'value' ? reached.value : null,
      reference: readReference(reference(answer)),
      billAfterMs: readBillAfterMs(billAfter(answer)),
      lifetimeMs,
    };
  };

  return (status, body, nowWallMs) => {
    if (refusals.has(status)) return notUsable('refused', reasonOf(parseAnswer(body), `HTTP ${status}`));
    // RFC 9110 section 15.3.5: there is nothing to read, which bidders use for "no bid".
    if (status === 204) return notUsable('refused', 'HTTP 204, no content');
    if (status >= 300 && status < 400) return notUsable('http-status', `HTTP ${status}: redirects are not followed`);
    if (status < 200 || status >= 300) return notUsable('http-status', `HTTP ${status}`);
    const answer = parseAnswer(body);
    if (answer === undefined) return notUsable('not-json', `no JSON object in ${body.length} characters`);
    const failedRule = firstFailedRule(answer);
    // What the bidder says, and what of it made it a refusal: some refuse with "success" and an empty list.
    if (failedRule !== null) {
      const stated = reasonOf(answer, '');
      return notUsable('refused', stated === '' ? failedRule : `${stated} (${failedRule})`);
    }
    return readValues(answer, nowWallMs);
  };
}
