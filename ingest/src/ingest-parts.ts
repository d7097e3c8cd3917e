import type { Accept, Clock, Enrolment, Identity, QuotaConfig, QuotaUse } from "@kenh/schemas";
import type { Access } from "@kenh/schemas/node";
import type { Logger } from "pino";
import type { Registry as Metrics } from "prom-client";
import type { Catalogue } from "./catalogue.ts";
import type { IngestConfig } from "./config.ts";
import type { CheckProfile } from "./profile-shelf.ts";
import type { Registry } from "./registry.ts";
import type { Lead } from "./standby/lead.ts";

/** What an ingest is given. */
export interface IngestParts {
  readonly config: IngestConfig;
  readonly catalogue: Catalogue;
  /** Where the catalogue was read from: its rules are followed. Without it they stay as they are. */
  readonly roots?: readonly string[];
  readonly access: Access;
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now?: Clock;
  /** How alarms reach the alarm topics; without it they go to the store and the stream alone. */
  readonly publish?: (topic: string, payload: string) => Promise<void>;
  /** What units and devices may send and keep; without it there is no limit. */
  readonly quotas?: QuotaConfig;
  /** How the quotas stand that the broker keeps; none without it. */
  readonly quotaUses?: () => readonly QuotaUse[];
  /** Gives certificates; without it none are given. */
  readonly enrolment?: Enrolment;
  /** Checks the text of a profile; without it, its form alone. */
  readonly checkProfile?: CheckProfile;
  /** Folder of Grafana's pages: which of them would show a device. */
  readonly dashboardsFolder?: string;
  /** For an engine of alarms that has standbys. */
  readonly lead?: Lead;
  /** The built console, served at `/`. */
  readonly consoleFolder?: string;
}

/** An ingest that runs: pipeline, store, alarms, HTTP. */
export interface Ingest {
  /** The embedded door. */
  readonly accept: Accept;
  /** Whether as much of a unit or device is stored as its quota allows. */
  isFull(place: string): boolean;
  onStatus(identity: Identity, payload: Uint8Array): void;
  /** Where HTTP is served. */
  readonly http: string;
  /** What is not delivered stays in the spool. Idempotent. */
  close(): Promise<void>;
}
