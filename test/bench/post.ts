import { type Agent, request } from "node:http";

/**
 * One POST of line protocol by Node's own client.
 * @throws Error when the store does not answer 204.
 */
export function postBody(url: string, body: Buffer | string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        if (answer.statusCode === 204) resolve();
        else reject(new Error(`the store answered ${answer.statusCode} to a raw POST`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
