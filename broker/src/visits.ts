import type { Visitor } from "./listeners.ts";
import { type Line, standInLine } from "./order.ts";
import type { Principal } from "./permit.ts";
import type { Wire } from "./wire.ts";

/** Why a CONNECT is refused, and the return code of its CONNACK. */
export interface Refusal {
  readonly reason: "credentials" | "will-not-permitted" | "account-connections" | "unavailable";
  readonly code: 3 | 4 | 5;
}

/** One connection, from its first byte to its end. */
export interface Visit {
  readonly wire: Wire;
  readonly visitor: Visitor;
  /** Keeps its publishes in order. */
  readonly line: Line;
  readonly filters: Set<string>;
  principal: Principal | undefined;
  clientId: string | undefined;
  refusal: Refusal | undefined;
  /** aedes knows it, and will say when it has left. */
  registered: boolean;
  /** Resolves when neither the socket nor aedes knows it any longer. */
  readonly gone: Promise<void>;
  leave(): void;
}

/** Starts the record of a connection. */
export function startVisit(wire: Wire, visitor: Visitor): Visit {
  const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
  return {
    wire,
    visitor,
    line: standInLine(),
    filters: new Set(),
    principal: undefined,
    clientId: undefined,
    refusal: undefined,
    registered: false,
    gone,
    leave,
  };
}
