import type { Identity, positionSchema, Quantity, Text } from "@kenh/schemas";
import type * as z from "zod";
import type { Series } from "../stores/store.ts";

type Position = z.infer<typeof positionSchema>;

/** By what right something is public. */
export interface Opening {
  /** The contract that opens it, and its name. */
  readonly dataset: string;
  readonly title: Text;
  /** Whose data it is. */
  readonly agency: Text;
  readonly licence: string;
}

/** A site as the public may know it. */
export interface OpenSite {
  /** `province/unit/site`. */
  readonly key: string;
  readonly label: Text | undefined;
}

/** A device of which something is open, and what. */
export interface OpenDevice {
  readonly identity: Identity;
  readonly label: Text | undefined;
  readonly profile: { readonly name: string; readonly label: Text };
  readonly site: OpenSite;
  readonly position: Position | undefined;
  /** Whether the position is the device's own and not its site's. */
  readonly apart: boolean;
  readonly series: Series;
  readonly quantities: readonly { readonly quantity: Quantity; readonly opening: Opening }[];
  /** Nothing open is older: milliseconds since 1970 UTC. */
  readonly since: number;
}
