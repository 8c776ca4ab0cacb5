/** What a command needs that speaks to a running app, and what the app itself knows nothing of: where its API is, and a key for it. */

export type ClientEnvironment = Readonly<Record<string, string | undefined>>;

export interface ApiAccess {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly key: string;
}

/** Null when one of the two is not set. `rest` is what the settings of the app are read from, where unknown names are refused. */
export function splitClientEnvironment(env: ClientEnvironment): {
  readonly api: ApiAccess | null;
  readonly rest: ClientEnvironment;
} {
  const { RINGPOST_URL: url = '', RINGPOST_API_KEY: key = '', ...rest } = env;
  return { api: url === '' || key === '' ? null : { url, key }, rest };
}
