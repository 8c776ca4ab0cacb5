/** Replies of the event socket in the form in which two of them are compared: times, counts of the server and its host's name aside. */
import { hostname } from 'node:os';

/** Commands whose answers are made of numbers that no two runs have in common. */
const COUNTED = /^(api )?(status|uptime|fsctl last_sps|sofia status|version)/;
/** Answers that are made up. */
const MADE_UP = /^api (hostname|create_uuid|global_getvar core_uuid|strftime)/;
/** The machine that the transcripts were recorded on. */
const RECORDED_HOST = 'media1';

export function comparableReply(command: string, reply: string): string {
  const text = reply
    .replace(/^Content-Length: \d+$/m, 'Content-Length: N')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'DATE')
    .replace(/\b\d{10}\b/g, 'EPOCH')
    .replaceAll(`,${hostname()},`, `,${RECORDED_HOST},`)
    .replaceAll(`"${hostname()}"`, `"${RECORDED_HOST}"`);
  if (MADE_UP.test(command)) return text.replace(/\n\n.+$/s, '\n\nSOMETHING');
  return COUNTED.test(command)
    ? text
        .replace(/\d+/g, 'N')
        .replace(/ +/g, ' ')
        .replace(/seconds?\b/g, 'seconds')
    : text;
}
