import type { Visitor } from "./listeners.ts";
import { type Line, standInLine } from "./order.ts";
import type { Principal } from "./permit.ts";
import type { Share } from "./quotas.ts";
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
  /** Takes the readings of a message from what may be sent; where nobody counts them it is absent. */
  counted: ((readings: number) => void) | undefined;
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
    counted: undefined,
    registered: false,
    gone,
    leave,
  };
}

/** What it sends counts against these from now on. */
export function shareOut(visit: Visit, shares: readonly Share[]): void {
  visit.wire.sharing(shares);
  const spends = shares.flatMap(({ spend }) => spend ?? []);
  if (spends.length === 0) return;
  visit.counted = (readings) => {
    for (const spend of spends) spend(readings);
  };
}

/** Everybody who is here, those not let in yet included; found by connection and by account. */
export class Visits {
  readonly #byWire = new Map<unknown, Visit>();
  readonly #byAccount = new Map<string, Set<Visit>>();

  get size(): number {
    return this.#byWire.size;
  }

  /** The visit of what aedes knows as the client's connection. */
  of(wire: unknown): Visit | undefined {
    return this.#byWire.get(wire);
  }

  all(): MapIterator<Visit> {
    return this.#byWire.values();
  }

  ofAccount(name: string): ReadonlySet<Visit> {
    return this.#byAccount.get(name) ?? new Set();
  }

  add(visit: Visit): void {
    this.#byWire.set(visit.wire, visit);
  }

  /** Notes who it is. */
  name(visit: Visit, principal: Principal, clientId: string | undefined): void {
    visit.principal = principal;
    visit.clientId = clientId;
    if (!this.#byWire.has(visit.wire)) return; // it left while it was judged
    const visits = this.#byAccount.get(principal.name) ?? new Set();
    this.#byAccount.set(principal.name, visits.add(visit));
  }

  delete(visit: Visit): void {
    this.#byWire.delete(visit.wire);
    const { principal } = visit;
    const visits = principal && this.#byAccount.get(principal.name);
    visits?.delete(visit);
    if (visits?.size === 0) this.#byAccount.delete(principal?.name ?? "");
  }
}
