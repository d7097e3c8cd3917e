import type { Change, Edit, Refused } from "@kenh/ingest";
import { when } from "./output.ts";

/** A record before and after, in a line: what is new, or the fields that differ. */
export function editLine({ kind, key, before, after }: Edit): string {
  if (before === null) return `+ ${kind} ${key} ${fieldsOf(after)}`;
  if (after === null) return `- ${kind} ${key} ${fieldsOf(before)}`;
  const [old, fresh] = [before, after].map((body) => JSON.parse(body) as Record<string, unknown>);
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(fresh ?? {})]);
  const differing = [...names].flatMap((name) => {
    const [was, is] = [old?.[name], fresh?.[name]].map((value) => JSON.stringify(value) ?? "–");
    return was === is ? [] : [`${name} ${was} → ${is}`];
  });
  return `~ ${kind} ${key} ${differing.join(", ")}`;
}

/** A row that was refused, by its place. */
export function refusedLine({ at, kind, key, message }: Refused): string {
  return `${at}: ${kind}${key === null ? "" : ` ${key}`}: ${message}`;
}

/** A change as a row of a table. */
export function changeRow(change: Change): (string | number)[] {
  const { id, at, actor, how, size, undoes, undoneBy, comment } = change;
  const fate = undoneBy === null ? "" : `taken back by ${undoneBy}`;
  return [
    id,
    when(at),
    actor.name ?? actor.token,
    undoes === null ? how : `${how} ${undoes}`,
    size,
    [fate, comment ?? ""].filter(Boolean).join("; "),
  ];
}

function fieldsOf(body: string | null): string {
  const entries = Object.entries(JSON.parse(body ?? "{}") as Record<string, unknown>).slice(1);
  return entries.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ");
}
