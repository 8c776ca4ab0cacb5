/**
 * The log of `ringpost start` on standard output. A call writes some fifty lines: they are gathered and leave together, since a
 * write of its own for each line costs more processor time than making it. Called once by the command; also by the bench, so
 * that it measures what production does.
 */
import pino, { type Logger } from 'pino';

/** Nothing logs headers; should anything ever do so, keys stay out. */
const SECRET_FIELDS = ['', 'req.', 'request.', 'err.'].flatMap((place) => [
  `${place}headers.authorization`,
  `${place}headers["x-api-key"]`,
]);

const GATHERED_BYTES = 8_192;
/** How late a line may be; at the end of the process pino writes what is left. */
const LATEST_MS = 250;

/** Whoever looks so closely wants each line when it is made, the last ones of a process that dies too. */
const AT_ONCE: ReadonlySet<string> = new Set(['debug', 'trace']);

/** `destination` is a file descriptor or a path; standard output when absent. */
export function openLog(level: string, nodeName: string, destination: number | string = process.stdout.fd): Logger {
  const writing = AT_ONCE.has(level)
    ? { sync: true }
    : { sync: false, minLength: GATHERED_BYTES, periodicFlush: LATEST_MS };
  return pino(
    { level, base: { node: nodeName }, redact: SECRET_FIELDS },
    pino.destination({ dest: destination, ...writing }),
  );
}
