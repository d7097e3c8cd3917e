import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { writeDurably } from "./durable.ts";
import type { Member } from "./standing.ts";

/** Never copied: it says whose folder this is. */
const fileName = "engine.json";
const schema = z.object({
  name: z.string(),
  term: z.int().nonnegative(),
  holds: z.enum(["nothing", "own", "copy", "half"]),
});

/** Who the engine of a folder is, and what the folder holds. A folder without it gets a name. */
export function readMember(folder: string): Member {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, fileName);
  if (existsSync(file)) return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  // A folder that an ingest has worked in before is its own work.
  const holds = existsSync(join(folder, "alarms.db")) ? "own" : "nothing";
  const name = `${hostname().slice(0, 40)}-${randomBytes(4).toString("hex")}`;
  const member = { name, term: 0, holds } as const;
  writeMember(folder, member);
  return member;
}

export function writeMember(folder: string, member: Member): void {
  writeDurably(join(folder, fileName), JSON.stringify(member));
}
