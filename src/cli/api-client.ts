/** Asks the API of a running app, for the commands that only look. Refusals become the sentences that the API gave. */
import type { ApiAccess } from './client-environment.js';

const TIMEOUT_MS = 30_000;

export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
}

/** Throws a sentence that names what to set. */
export function neededAccess(api: ApiAccess | null): ApiAccess {
  if (api !== null) return api;
  throw new Error(
    'set RINGPOST_URL to where the API is, such as http://127.0.0.1:8080, and RINGPOST_API_KEY to a key ("ringpost key create")',
  );
}

function sentenceOf(body: unknown, status: number): string {
  const { detail } = (typeof body === 'object' && body !== null ? body : {}) as { detail?: unknown };
  return typeof detail === 'string' ? detail : `the API answers ${status}`;
}

/** The JSON of the answer. Rejects with an ApiRefusal, or with a sentence when nobody answers. */
export async function askApi({ url, key }: ApiAccess, path: string): Promise<unknown> {
  let response: Response;
  let body: unknown;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` }, signal });
    body = await response.json();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`the API at ${url} does not answer as it should: ${cause}`);
  }
  if (!response.ok) throw new ApiRefusal(sentenceOf(body, response.status));
  return body;
}
