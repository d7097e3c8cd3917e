import { expect, test } from "vitest";
import { freePort, until } from "../../../test/support/counterpart.ts";
import { openLink } from "./link.ts";

test("why the broker can't be reached is told, once for each outage", async () => {
  const url = `mqtt://127.0.0.1:${await freePort()}`;
  const config = { url, username: undefined, password: undefined, caFile: undefined };
  const lines: { err?: Error }[] = [];
  const warn = (line: { err?: Error }) => void lines.push(line);
  let ends = 0;
  const nothing = () => undefined;
  const link = openLink(
    config,
    "a",
    {
      ...{ onUp: nothing, onRecord: nothing, onLease: nothing, onGone: nothing },
      ...{ onMessage: nothing, onAlarm: nothing, onDown: () => void ends++ },
    },
    { warn },
  );
  try {
    await until(() => ends >= 3, "some attempts");
    expect(lines.map(({ err }) => (err as NodeJS.ErrnoException).code)).toEqual(["ECONNREFUSED"]);
  } finally {
    await link.close();
  }
});
