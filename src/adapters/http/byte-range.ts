/** The Range header of a GET (RFC 9110 section 14), for one file of known size. Pure: routes decide what they send. */

export type RangeAnswer =
  /** No range, one that is malformed, or several: the whole representation is sent (section 14.2 allows it). */
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  /** Answered with 416 and the size in Content-Range. */
  | { readonly kind: 'unsatisfiable' };

const ONE_RANGE = /^bytes[ \t]*=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i;
const WHOLE = { kind: 'whole' } as const;
const UNSATISFIABLE = { kind: 'unsatisfiable' } as const;

export function rangeOf(header: string | undefined, sizeBytes: number): RangeAnswer {
  const [, from, to] = ONE_RANGE.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return WHOLE;
  if (from === '') {
    const suffixBytes = Number(to);
    if (suffixBytes === 0 || sizeBytes === 0) return UNSATISFIABLE;
    return { kind: 'part', first: Math.max(0, sizeBytes - suffixBytes), last: sizeBytes - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return WHOLE;
  if (first >= sizeBytes) return UNSATISFIABLE;
  return { kind: 'part', first, last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
