import type { Log, WatchedSample } from "@kenh/edge-agent";
import { table, when } from "./output.ts";

/** Flags as a person reads them; what nothing has judged carries no word. */
const words: Readonly<Record<number, string>> = {
  1: "pass",
  2: "",
  3: "suspect",
  4: "fail",
  9: "missing",
};

/** A line for each reading of a sample: time, device, quantity, value, flag. */
export function readingLines({ ts, device, values, qc = {}, urgent }: WatchedSample): string[] {
  const quantities = [...new Set([...Object.keys(values), ...Object.keys(qc)])];
  return table(
    quantities.map((quantity) => [
      when(ts),
      device,
      quantity,
      String(values[quantity] ?? "–"),
      `${words[qc[quantity] ?? 2]}${urgent ? " urgent" : ""}`.trim(),
    ]),
  );
}

/** What goes wrong, in a line for a person. */
export function sayOf(stream: { write(text: string): unknown }): Log {
  const say = (about: unknown, message = ""): void => {
    const { driver, at, err } = about as { driver?: string; at?: string; err?: Error };
    const parts = [driver, at, message, err?.message].filter(Boolean);
    stream.write(`${parts.join(": ")}\n`);
  };
  return { info() {}, warn: say, error: say };
}
