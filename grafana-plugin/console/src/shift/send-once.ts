import type { Api } from "../api.ts";

/**
 * Sends JSON and reads JSON. The same body sent again, because no answer came, is the same call to the
 * station: nothing is signed twice.
 * @param last what was sent before, and under which key; kept here for the next time
 */
export async function sendOnce<T>(
  api: Api,
  path: string,
  body: object,
  last: { body: string; key: string },
): Promise<T> {
  const text = JSON.stringify(body);
  if (last.body !== text) Object.assign(last, { body: text, key: randomKey() });
  const response = await api.open(path, {
    method: "POST",
    body: text,
    headers: { "content-type": "application/json", "idempotency-key": last.key },
  });
  return (await response.json()) as T;
}

/** `crypto.randomUUID` is not there without TLS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
