/**
 * The health check of the image: ends with 0 when the app answers /livez. Not /readyz, which is false while it drains or while
 * another server is away: neither is mended by killing the app.
 */
const host = process.env.RINGPOST_HTTP_ADDRESS || '127.0.0.1';
const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
const url = `http://${name}:${process.env.RINGPOST_HTTP_PORT || '8080'}/livez`;
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => null);
process.exitCode = answer?.ok ? 0 : 1;
