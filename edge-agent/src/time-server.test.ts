import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { noChronyd, startChronyd } from "../../test/support/chronyd.ts";
import { freePort, until } from "../../test/support/counterpart.ts";
import { temporaryFolder } from "../../test/support/folder.ts";
import { askTime } from "./time-server.ts";

const ask = (server: string, timeoutMs = 2000, signal = new AbortController().signal) =>
  askTime(server, { now: Date.now, timeoutMs, signal });

describe.skipIf(noChronyd())(`a real time server ${noChronyd() ?? ""}`, () => {
  test.each([0, 90, -3600])("that is %i s ahead", async (aheadS) => {
    using folder = temporaryFolder();
    const chronyd = await startChronyd(folder.path, { aheadS });
    try {
      const offsetMs = await until(
        () => ask(chronyd.server, 300).then(String, () => undefined),
        `an answer: ${chronyd.output()}`,
      );
      expect(Math.abs(Number(offsetMs) - aheadS * 1000)).toBeLessThan(500);
    } finally {
      await chronyd.stop();
    }
  });

  test("that does not know the time itself", async () => {
    using folder = temporaryFolder();
    const chronyd = await startChronyd(folder.path, { knows: false });
    try {
      await until(async () => {
        const error = await ask(chronyd.server, 300).catch(({ message }: Error) => message);
        return String(error).includes("does not know the time itself");
      }, `its word: ${chronyd.output()}`);
    } finally {
      await chronyd.stop();
    }
  });
});

test("a server that is not there, one that is silent, and a stop", async () => {
  await expect(ask(`127.0.0.1:${await freePort()}`)).rejects.toThrow(/check its name and port/);
  const silent = createSocket("udp4");
  silent.bind(0, "127.0.0.1");
  await once(silent, "listening");
  const server = `127.0.0.1:${silent.address().port}`;
  await expect(ask(server, 50)).rejects.toThrow("no answer within 50 ms");
  const stopping = new AbortController();
  const asked = ask(server, 60_000, stopping.signal);
  await once(silent, "message");
  stopping.abort();
  await expect(asked).rejects.toThrow("given up");
  silent.close();
});

test("an answer to another question, and half an answer, are none", async () => {
  const stranger = createSocket("udp4");
  stranger.bind(0, "127.0.0.1");
  await once(stranger, "listening");
  stranger.on("message", (request, { port, address }) => {
    const answer = Buffer.alloc(48);
    answer.writeUInt8(0x24, 0);
    answer.writeUInt8(1, 1);
    stranger.send(answer, port, address);
    const half = Buffer.from(answer.subarray(0, 40));
    request.copy(half, 24, 40, 48);
    stranger.send(half, port, address);
  });
  await expect(ask(`127.0.0.1:${stranger.address().port}`, 300)).rejects.toThrow("no answer");
  stranger.close();
});
