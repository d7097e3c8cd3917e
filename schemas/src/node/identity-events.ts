import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Identity } from "../identity.ts";

/** Something that was done with a credential, or tried. */
export interface IdentityEvent {
  readonly call:
    | "enrol-code"
    | "enrol"
    | "renew"
    | "revoke"
    | "certificate-expired"
    | "certificate-revoked"
    | "certificate-unknown"
    | "certificate-cloned";
  readonly device: Identity;
  /** `done`, or why it was refused. */
  readonly result: string;
  readonly detail: string | null;
  /** Who did it, where a person did. */
  readonly name: string | null;
  /** Where it came from. */
  readonly address: string | null;
}

/** An event that waits for the audit log. */
export interface WaitingEvent extends IdentityEvent {
  readonly id: number;
  /** The same for one event wherever it is written. */
  readonly uuid: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

/**
 * Events on their way into the audit log. Whoever changes credentials writes them here, in the file that
 * it changes, running station or not; the station takes them over.
 */
export interface IdentityEvents {
  add(event: IdentityEvent): void;
  /** The oldest first. */
  waiting(most: number): WaitingEvent[];
  /** Those up to this one are in the log. */
  forget(upTo: number): void;
}

export const eventShape = `
  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;`;

/** Beyond this many the oldest make room: without a station nobody reads them. A gap in `id` tells. */
const most = 10_000;

/** Keeps events in the file of accounts. */
export function keepEvents(db: DatabaseSync, now: Clock): IdentityEvents {
  const insert = db.prepare("INSERT INTO event (uuid, at, body) VALUES (?, ?, ?)");
  const drop = db.prepare("DELETE FROM event WHERE id <= ?");
  const oldest = db.prepare("SELECT * FROM event ORDER BY id LIMIT ?");
  return {
    add(event) {
      const { lastInsertRowid } = insert.run(randomUUID(), now(), JSON.stringify(event));
      drop.run(Number(lastInsertRowid) - most);
    },
    waiting: (limit) =>
      oldest.all(limit).map(({ id, uuid, at, body }) => ({
        ...(JSON.parse(String(body)) as IdentityEvent),
        id: Number(id),
        uuid: String(uuid),
        at: Number(at),
      })),
    forget(upTo) {
      drop.run(upTo);
    },
  };
}
