import type { IncomingMessage } from "node:http";
import type {
  Clock,
  Enrolment,
  Identity,
  LedgerReport,
  QuarantineItem,
  QuarantineReason,
  Status,
} from "@kenh/schemas";
import type { Access, Grant } from "@kenh/schemas/node";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Alarms } from "../alarms/alarms.ts";
import type { Outgoing } from "../alarms/announce/outgoing.ts";
import type { Audit } from "../audit.ts";
import type { Destinations } from "../destinations/destinations.ts";
import type { Discovery } from "../discovery.ts";
import type { DryRunner } from "../dry-run.ts";
import type { Handovers } from "../handover/handovers.ts";
import type { LatestOfDevice } from "../latest.ts";
import type { ProfileShelf } from "../profile-shelf.ts";
import type { QuotaDesk } from "../quota/desk.ts";
import type { Registry } from "../registry.ts";
import type { Windows } from "../rollup/read.ts";
import type { SharingDesk } from "../sharing/desk.ts";
import type { Store } from "../stores/store.ts";
import type { Wards } from "../wards/wards.ts";
import type { StreamLimits } from "./stream.ts";

/** Whether whoever asks may know of a device; null is what belongs to none. */
export type Visible = (device: Identity | null) => boolean;

/** What was set aside, as the API lists it. */
export interface QuarantineShelf {
  list(filter: {
    readonly reason?: QuarantineReason | undefined;
    readonly device?: Identity | undefined;
    readonly limit?: number | undefined;
    readonly visible: Visible;
  }): { total: number; items: readonly QuarantineItem[] };
  get(id: number): QuarantineItem | undefined;
  /** Returns how many there were. */
  purge(ids: readonly number[]): number;
}

/** All that the API shows and acts on. It keeps nothing of its own. */
export interface ApiParts {
  readonly access: Pick<
    Access,
    "grant" | "account" | "addAccount" | "revoke" | "certificates" | "codes"
  >;
  readonly registry: Omit<Registry, "put" | "remove" | "take" | "close">;
  /** Something of the registry was changed by a call. */
  readonly onRegistryChange: () => void;
  readonly dryRun: DryRunner;
  readonly profiles: ProfileShelf;
  readonly ledger: { report(visible: Visible): LedgerReport };
  readonly latest: { of(device: Identity): LatestOfDevice | undefined };
  readonly quarantine: QuarantineShelf;
  readonly discovery: Discovery;
  /** Gives certificates; where it is absent none are given. */
  readonly enrolment?: Enrolment;
  /** Tries an item of the quarantine again; `refused` when its cause is not mended. */
  readonly replay: (id: number) => Promise<"replayed" | "refused" | "unknown">;
  readonly alarms: Alarms;
  /** Units whose own stations judge their devices, and whether each has a line to here; none without it. */
  readonly wards?: Wards["list"];
  readonly ways: Pick<Outgoing, "standing" | "refused">;
  readonly audit: Audit;
  readonly handovers: Pick<Handovers, "since" | "give" | "takeOver" | "get" | "list">;
  readonly sharing: SharingDesk;
  /** What needs no token: data that contracts open to everybody. */
  readonly openData?: Hono<ApiEnv>;
  readonly store: Pick<Store, "query" | "limits">;
  /** What is rolled up; without it readings alone answer. */
  readonly history?: Windows;
  readonly quotas: Pick<QuotaDesk, "uses" | "over">;
  readonly destinations: Omit<Destinations, "store" | "run" | "close">;
  /** Resolves when what a call has changed is safe; at once where it is absent. @throws Error when it is not */
  readonly settled?: () => Promise<void>;
  /** Another process judges alarms: it has what needs the whole stream. */
  readonly judgedElsewhere?: boolean;
  /** Whether a reading would be accepted now, and if not, why. */
  readonly ready: () => { ok: boolean; reasons: readonly string[] };
  readonly metrics: Metrics;
  readonly now: Clock;
  readonly log: Pick<Logger, "error">;
  /** Folder of the console; a page says how to build it while it is not there. */
  readonly staticFolder?: string;
  /** What a device last said of its connection. */
  readonly statusOf?: (identity: Identity) => Pick<Status, "state" | "since"> | null;
  readonly streamLimits?: StreamLimits;
}

/** What a request carries beside itself. */
export interface ApiEnv {
  Bindings: {
    /** Absent when a request did not come over a socket. */
    readonly incoming?: IncomingMessage;
    /** Aborts when the server stops: streams end. */
    readonly closing?: AbortSignal;
  };
  Variables: {
    grant: Grant;
    /** Whom Grafana has signed for, where the token is Grafana's. */
    user?: string;
  };
}
