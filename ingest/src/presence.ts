import { type Identity, type Status, statusSchema } from "@kenh/schemas";

/** What devices last said of their connection; the broker retains it, so it is not kept on disk. */
export interface Presence {
  /** Takes a payload of a status topic; one that is not a status is passed over and counted. */
  note(identity: Identity, payload: Uint8Array): void;
  of(identity: Identity): Pick<Status, "state" | "since"> | null;
  /** Payloads that were no status. */
  readonly invalid: number;
}

export function createPresence(): Presence {
  const known = new Map<Identity, Pick<Status, "state" | "since">>();
  let invalid = 0;
  return {
    note(identity, payload) {
      const status = read(payload);
      if (status) known.set(identity, { state: status.state, since: status.since });
      else invalid++;
    },
    of: (identity) => known.get(identity) ?? null,
    get invalid() {
      return invalid;
    },
  };
}

function read(payload: Uint8Array): Status | undefined {
  try {
    return statusSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch {
    return undefined;
  }
}
