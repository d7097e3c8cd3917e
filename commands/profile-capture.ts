import { readFileSync } from "node:fs";
import type { Finding } from "@kenh/edge-agent";
import { Refusal } from "./output.ts";

/** A captured file is small; a picture or a disk image is none. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The text that a profile is drafted from: a file, standard input (`-`), or what answers at an address of
 * OPC UA or MQTT.
 * @throws Refusal when it can't be read.
 */
export async function capture(target: string, signal: AbortSignal): Promise<string> {
  return /^[a-z][a-z\d.+-]*:\/\//i.test(target) ? ask(target, signal) : read(target);
}

function read(file: string): string {
  try {
    const bytes = readFileSync(file === "-" ? 0 : file);
    if (bytes.length > maxBytes) {
      throw new Refusal(`${file} has ${bytes.length} bytes: cut it to ${maxBytes} at most`, 2);
    }
    return bytes.toString("utf8");
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const refusal = new Refusal(`${file} can't be read (${(cause as Error).message})`, 2);
    refusal.cause = cause;
    throw refusal;
  }
}

async function ask(address: string, signal: AbortSignal): Promise<string> {
  const { probeAddress, UnknownAddress } = await import("@kenh/edge-agent");
  const { kind, target, findings, error } = await probeAddress(address, signal).catch(
    (cause: unknown) => {
      throw cause instanceof UnknownAddress ? new Refusal(cause.message, 2) : cause;
    },
  );
  if (error !== undefined) throw new Refusal(`${target}: ${error}`);
  if (kind !== "opcua") {
    throw new Refusal(
      `${target}: a draft is made from an address of OPC UA, or from a file: capture a message, a table, a walk or a dump first`,
      2,
    );
  }
  return JSON.stringify((findings ?? []).flatMap(nodeOf));
}

/** A variable that a probe of an OPC UA server found, as a browse writes it. */
function nodeOf({ point, value, note = "" }: Finding): object[] {
  if (!/[isgb]=/.test(point)) return [];
  const [, name = "", unit, type] = /^(.*?)(?: \[(.+)\])?(?: (\w+))?$/.exec(note) ?? [];
  return [
    {
      nodeId: point,
      browseName: name,
      value,
      nodeClass: "Variable",
      ...(unit && { unit }),
      ...(type && { dataType: type }),
    },
  ];
}
