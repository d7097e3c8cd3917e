import type { Finding } from "../../driver.ts";
import type { Config } from "./config.ts";

/** What the thread is started with. */
export interface Order {
  readonly config: Config;
  readonly task: "watch" | "probe";
  /** Folder of the agent's certificate and key. */
  readonly pkiDir: string;
}

/** A value as the server gave it, of a type that can pass between threads. */
export interface RawValue {
  /** Of the point in the configuration. */
  readonly point: number;
  /** Null without a value. */
  readonly value: string | number | boolean | null;
  /** Why `value` can't be taken, where it is of a type that is none of the three. */
  readonly unusable?: string;
  /** OPC UA part 4, 7.39: bits 31 and 30 are the severity. */
  readonly status: number;
  readonly statusName: string;
  /** Of the source, else of the server; milliseconds since 1970 UTC; undefined without either. */
  readonly ts: number | undefined;
}

/** What the thread says. */
export type Word =
  /** The subscription stands; without data the server speaks at least this often. */
  | { readonly kind: "ready"; readonly keepAliveMs: number }
  /** The server spoke. */
  | { readonly kind: "alive" }
  | { readonly kind: "values"; readonly values: readonly RawValue[] }
  | { readonly kind: "unreadable"; readonly at: string; readonly reason: string }
  | { readonly kind: "findings"; readonly findings: readonly Finding[] }
  /** It is over; the thread does nothing more. */
  | { readonly kind: "lost"; readonly reason: string };
