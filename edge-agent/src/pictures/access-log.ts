import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { identitySchema } from "@kenh/schemas";
import * as z from "zod";
import { belongLike } from "./owner.ts";

const entrySchema = z.object({
  at: z.iso.datetime().describe("UTC"),
  event: z.enum(["requested", "taken", "failed", "exported", "deleted"]),
  device: identitySchema,
  picture: z.string().optional().describe("absent while there is none yet"),
  by: z.string().describe("who, as given or as the system knows the account"),
  purpose: z.string(),
  detail: z.string().optional(),
});
/** One thing that happened to a picture of a camera. */
export type AccessEntry = z.output<typeof entrySchema>;

/** Who did what with which picture and why: lines of JSON that are added and never changed. */
export interface AccessLog {
  /** On disk when this returns. @throws Error when it can't be written: then nothing may be shown. */
  add(entry: AccessEntry): void;
  /** All of it, in its order. A line that can't be read is an Error: the log was tampered with. */
  entries(): AccessEntry[];
}

/** The log in the agent's state folder. It outlives the pictures. */
export function accessLogIn(dataDir: string): AccessLog {
  const file = join(dataDir, "picture-access.jsonl");
  return {
    add(entry) {
      // An agent that never ran has no folder yet.
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      const handle = openSync(file, "a", 0o600);
      try {
        belongLike(dataDir, file);
        writeSync(handle, `${JSON.stringify(entry)}\n`);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    },
    entries() {
      let text: string;
      try {
        text = readFileSync(file, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
      }
      return text
        .split("\n")
        .filter(Boolean)
        .map((line, at) => {
          try {
            return entrySchema.parse(JSON.parse(line));
          } catch (cause) {
            throw new Error(`${file}:${at + 1} is no entry of the access log: ${line}`, { cause });
          }
        });
    },
  };
}
