/**
 * Webhooks over HTTP: one POST of multipart/form-data with the fields as JSON and the file, signed with HMAC-SHA256. Connections come from
 * the composition root, which guards to which addresses they may lead. What a receiver answers is read to a limit and never shown whole.
 */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Dispatcher, FormData, Response } from 'undici';
import type { Clock } from '../../application/ports/clock.js';
import type { WebhookMessage, WebhookOutcome, Webhooks } from '../../application/ports/webhooks.js';

export interface HttpWebhooksOptions {
  readonly clock: Clock;
  /** Null when the system is stopping. Whoever makes the connection refuses addresses that may not be reached. */
  readonly poolOf: (origin: string) => Dispatcher | null;
}

const MAX_ANSWER_BYTES = 16_384;
const MEDIA_TYPES: Readonly<Record<string, string>> = { '.mp3': 'audio/mpeg', '.wav': 'audio/wav' };

const sentenceOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 160);
};

/** `t=<seconds>,v1=<hex>`: the HMAC of the seconds, a dot and the body. */
export function signatureOf(secret: string, seconds: number, body: Uint8Array): string {
  const hmac = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return `t=${seconds},v1=${hmac}`;
}

async function bodyOf({ id, event, fields, filePath }: WebhookMessage): Promise<{ type: string; bytes: Buffer }> {
  const form = new FormData();
  form.append('event', JSON.stringify({ id, event, ...fields }));
  const type = MEDIA_TYPES[extname(filePath)] ?? 'application/octet-stream';
  form.append('file', new Blob([await readFile(filePath)], { type }), `${id}${extname(basename(filePath))}`);
  const whole = new Response(form);
  return { type: whole.headers.get('content-type') ?? '', bytes: Buffer.from(await whole.arrayBuffer()) };
}

class HttpWebhooks implements Webhooks {
  readonly #options: HttpWebhooksOptions;

  constructor(options: HttpWebhooksOptions) {
    this.#options = options;
  }

  async send(message: WebhookMessage): Promise<WebhookOutcome> {
    const { clock, poolOf } = this.#options;
    const giveUp = new AbortController();
    const stop = clock.startTimer(message.timeoutMs, () =>
      giveUp.abort(new Error(`no answer in ${message.timeoutMs} ms`)),
    );
    try {
      const url = new URL(message.url);
      const pool = poolOf(url.origin);
      if (pool === null) return { kind: 'failed', detail: 'the system is stopping' };
      const { type, bytes } = await bodyOf(message);
      const seconds = Math.floor(clock.wallMs() / 1_000);
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: {
          'content-type': type,
          'ringpost-delivery': message.id,
          'ringpost-event': message.event,
          'ringpost-signature': signatureOf(message.secret, seconds, bytes),
        },
        body: bytes,
        signal: giveUp.signal,
      });
      await body.dump({ limit: MAX_ANSWER_BYTES });
      if (statusCode >= 200 && statusCode < 300) return { kind: 'taken' };
      return { kind: 'failed', detail: `it answers ${statusCode}` };
    } catch (error) {
      return { kind: 'failed', detail: sentenceOf(error) };
    } finally {
      stop();
    }
  }
}

export function createHttpWebhooks(options: HttpWebhooksOptions): Webhooks {
  return new HttpWebhooks(options);
}
