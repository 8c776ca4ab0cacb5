/**
 * Pairs the identifiers of a transcript with those of the run that replays it. What the server makes up (tags, branches, message ids,
 * Call-IDs, CSeq numbers) differs from run to run, but where the transcript shows the same one twice the run must do so too.
 */

/** What may differ. Each group named `id` is the identifier; the rest is its surroundings. */
const IDENTIFIERS: readonly RegExp[] = [
  /(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/g,
  /\btag=(?<id>[^;>|\s]+)/g,
  /\bbranch=(?<id>[^;\s]+)/g,
  /^Member-ID: (?<id>\d+)$/gm,
  /\bkick(?:ed)? (?<id>\d+)/g,
  /^RSeq: (?<id>\d+)/gm,
  /^RAck: (?<id>\d+) /gm,
];
/** The first CSeq of a dialog that the server begins is made up as well; the steps from there are not. */
const CSEQ = /^(CSeq: )(\d+)( )/gim;
const MADE_UP_CSEQ_MIN = 1000;

export class Identifiers {
  readonly #liveOf = new Map<string, string>();
  readonly #recordedOf = new Map<string, string>();
  /** By the transcript's Call-ID. */
  readonly #cseqOffsets = new Map<string, number>();

  /** Brings live text to the transcript's identifiers, pairing those that appear for the first time. */
  toRecorded(live: string, recorded: string): string {
    let text = live;
    for (const pattern of IDENTIFIERS) {
      const liveIds = idsIn(text, pattern);
      const recordedIds = idsIn(recorded, pattern);
      if (liveIds.length !== recordedIds.length) continue;
      for (const [index, id] of liveIds.entries()) this.#pair(recordedIds[index] ?? '', id);
    }
    text = replaceIds(text, (id) => this.#recordedOf.get(id));
    return this.#cseqToRecorded(text, recorded);
  }

  /** Text of the transcript with the run's identifiers, to be sent. */
  toLive(recorded: string): string {
    const text = replaceIds(recorded, (id) => this.#liveOf.get(id));
    const offset = this.#cseqOffsets.get(callIdOf(recorded));
    if (offset === undefined) return text;
    return text.replace(CSEQ, (whole, before: string, number: string, after: string) =>
      Number(number) < MADE_UP_CSEQ_MIN ? whole : `${before}${Number(number) + offset}${after}`,
    );
  }

  #pair(recorded: string, live: string): void {
    if (this.#liveOf.has(recorded) || this.#recordedOf.has(live)) return;
    this.#liveOf.set(recorded, live);
    this.#recordedOf.set(live, recorded);
  }

  #cseqToRecorded(live: string, recorded: string): string {
    return live.replace(CSEQ, (whole, before: string, number: string, after: string) => {
      const was = Number(/^CSeq: (\d+) /im.exec(recorded)?.[1] ?? 0);
      if (was < MADE_UP_CSEQ_MIN) return whole;
      const callId = callIdOf(recorded);
      const offset = this.#cseqOffsets.get(callId) ?? Number(number) - was;
      this.#cseqOffsets.set(callId, offset);
      return `${before}${Number(number) - offset}${after}`;
    });
  }
}

function callIdOf(text: string): string {
  return /^Call-ID: (.*)$/im.exec(text)?.[1] ?? '';
}

function idsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match.groups?.id ?? '');
}

function replaceIds(text: string, replacement: (id: string) => string | undefined): string {
  let replaced = text;
  for (const pattern of IDENTIFIERS) {
    replaced = replaced.replace(pattern, (whole: string, id: string) => whole.replace(id, replacement(id) ?? id));
  }
  return replaced;
}
