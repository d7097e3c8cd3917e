import { isUplink, type Message, readMessages } from "./json.ts";
import { readBrowse, readNodeSet } from "./nodes.ts";
import type { Source } from "./place.ts";
import { readTable } from "./table.ts";
import { readDump } from "./upsc.ts";
import { readWalk } from "./walk.ts";

/**
 * Reads a file by what it holds, whatever its name.
 * @throws RangeError where nothing in it can be a point.
 */
export function recognise(text: string): Source {
  const bare = text.replace(/^\uFEFF/, "").trim();
  if (bare === "")
    throw new RangeError("is empty: capture a message, a table, a walk or a dump first");
  const whole = parse(bare);
  const found =
    (typeof whole === "object" ? readBrowse(whole) : undefined) ??
    readNodeSet(bare) ??
    readDump(bare) ??
    readWalk(bare);
  if (found) return found;
  const messages = messagesOf(bare);
  if (messages) return readMessages(messages);
  const table = readTable(bare);
  if (table) return table;
  throw new RangeError(
    "is none of what a draft is made from: JSON messages, a table of registers, cfgmodbus.txt, an OPC UA node set, an SNMP walk, a dump of upsc",
  );
}

/** JSON as one document, as lines, or behind topics; undefined when it is none. */
export function messagesOf(text: string): readonly Message[] | undefined {
  const whole = parse(text);
  if (whole !== undefined) {
    const list = Array.isArray(whole) && whole.every((each) => isObject(each)) ? whole : [whole];
    const wrapped = list.map(unwrap);
    // A list of messages is read as one after the other; a list within one payload stays whole.
    return wrapped.every(({ topic, payload }) => topic !== undefined || isUplink(payload)) ||
      list.length === 1
      ? wrapped
      : [{ payload: whole }];
  }
  const messages: Message[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const start = line.search(/[{[]/);
    const payload = start < 0 ? undefined : parse(line.slice(start).trim());
    if (payload === undefined) continue;
    const [topic] = /[^\s=]+(?=\s*=?\s*$)/.exec(line.slice(0, start)) ?? [];
    const message = unwrap(payload);
    messages.push(topic?.includes("/") ? { topic, payload: message.payload } : message);
  }
  return messages.length > 0 ? messages : undefined;
}

/** A capture that holds topic and payload side by side. */
function unwrap(document: unknown): Message {
  if (!isObject(document)) return { payload: document };
  const { topic } = document;
  const held = document.payload ?? document.message ?? document.msg;
  if (typeof topic !== "string" || held === undefined) return { payload: document };
  if (typeof held === "string") {
    const inner = parse(held);
    return { topic, payload: inner === undefined ? held : inner };
  }
  return Object.hasOwn(document, "payload") ? { topic, payload: held } : { payload: document };
}

function parse(text: string): unknown {
  if (!/^[[{"\d-]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
