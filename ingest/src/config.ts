import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { type BridgeConfig, bridgeEnvironment, bridgeOf } from "./bridge/config.ts";

/** An environment variable that is not set or empty. */
const text = z.string().trim().min(1).optional().catch(undefined);
const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const environment = z.object({
  KENH_HOST: text.default("127.0.0.1"),
  KENH_HTTP_PORT: port(8080),
  KENH_MQTT_PORT: port(1883),
  KENH_MQTTS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  KENH_DATA: text.default("./data"),
  KENH_STORE: z.enum(["sqlite", "influxdb", "victoriametrics"]).default("sqlite"),
  KENH_INFLUX_URL: z.url().optional(),
  KENH_INFLUX_VERSION: z.enum(["1", "2", "3"]).default("2"),
  KENH_INFLUX_ORG: text.default("kenh"),
  KENH_INFLUX_BUCKET: text.default("kenh"),
  KENH_INFLUX_TOKEN: text,
  KENH_INFLUX_TOKEN_FILE: text,
  KENH_VM_SELECT_URL: z.url().optional(),
  KENH_VM_STORAGE_URLS: z
    .string()
    .transform((list) => list.split(",").map((url) => url.trim()))
    .pipe(z.array(z.url()).min(1))
    .optional(),
  KENH_RETENTION_DAYS: z.coerce.number().nonnegative().default(0),
  KENH_ALARM_HOLD_MS: z.coerce.number().int().min(0).max(60_000).optional(),
  KENH_DOOR: z.enum(["embedded", "mqtt"]).default("embedded"),
  KENH_BROKER_URL: z.url({ protocol: /^(mqtts?|wss?)$/ }).optional(),
  KENH_BROKER_USERNAME: text,
  KENH_BROKER_PASSWORD: text,
  KENH_BROKER_PASSWORD_FILE: text,
  KENH_BROKER_CA_FILE: text,
  KENH_BROKER_CLIENT_ID: text,
  KENH_ALARMS: z.enum(["on", "off", "only"]).default("on"),
  KENH_HTTP_URL: z.url({ protocol: /^https?$/ }).optional(),
  ...bridgeEnvironment.shape,
});

/** Which store, and how to reach it. */
export type StoreConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | {
      readonly kind: "influxdb";
      readonly url: string;
      readonly version: 1 | 2 | 3;
      readonly org: string;
      readonly bucket: string;
      readonly token: string | undefined;
    }
  | {
      readonly kind: "victoriametrics";
      readonly url: string;
      readonly selectUrl?: string;
      readonly storageUrls?: readonly string[];
    };

/** A broker that is not ours, of which the ingest is a client. */
export interface MqttDoorConfig {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly caFile: string | undefined;
  /** Whose place at the broker is taken; a name of the ingest's own when absent. */
  readonly clientId?: string;
}

/** What the environment says of a station or an ingest. */
export interface IngestConfig {
  readonly host: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  /** Absent where the environment says nothing of it. */
  readonly mqttsPort?: number;
  readonly dataDir: string;
  readonly store: StoreConfig;
  /** How long readings are kept where `retention.yaml` says nothing of it; 0 keeps for ever. */
  readonly retentionDays: number;
  /** How long alarms hold readings to put them in order; a quarter of a second when absent. */
  readonly alarmHoldMs?: number;
  /** Undefined: the embedded door, inside the broker's process. */
  readonly mqttDoor: MqttDoorConfig | undefined;
  /**
   * Who judges alarms where several ingests share one stream: this one as well as it stores (`on`, the
   * default), another (`off`), or this one, which stores no readings then (`only`).
   */
  readonly alarms?: "on" | "off" | "only";
  /** Where others reach this one's HTTP, if not where it listens. */
  readonly httpUrl?: string;
  /** Where a unit's own station reports to; absent where it reports to nobody. */
  readonly bridge?: BridgeConfig;
}

/**
 * Reads the configuration from environment variables; `dataDir`, from the command line, goes first.
 * @throws Error naming each wrong variable, its value and what it may be.
 */
export function configOf(env: NodeJS.ProcessEnv, dataDir?: string): IngestConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".")}=${given[String(path[0])]}: ${message}`,
    );
    throw new Error(faults.join("\n"), { cause: parsed.error });
  }
  const e = parsed.data;
  const folder = dataDir ?? e.KENH_DATA;
  const bridge = bridgeOf(e);
  return {
    host: e.KENH_HOST,
    httpPort: e.KENH_HTTP_PORT,
    mqttPort: e.KENH_MQTT_PORT,
    ...(e.KENH_MQTTS_PORT !== undefined && { mqttsPort: e.KENH_MQTTS_PORT }),
    dataDir: folder,
    store: storeOf(e, folder),
    retentionDays: e.KENH_RETENTION_DAYS,
    ...(e.KENH_ALARM_HOLD_MS !== undefined && { alarmHoldMs: e.KENH_ALARM_HOLD_MS }),
    mqttDoor: e.KENH_DOOR === "mqtt" ? mqttDoorOf(e) : undefined,
    alarms: alarmsOf(e),
    ...(e.KENH_HTTP_URL !== undefined && { httpUrl: e.KENH_HTTP_URL }),
    ...(bridge && { bridge }),
  };
}

type Environment = z.infer<typeof environment>;

function alarmsOf(e: Environment): "on" | "off" | "only" {
  const { KENH_ALARMS: alarms, KENH_DOOR: door, KENH_STORE: store } = e;
  if (alarms === "on") return alarms;
  if (door !== "mqtt") {
    throw new Error(
      `KENH_ALARMS=${alarms} is for several ingests behind one broker: KENH_DOOR=mqtt`,
    );
  }
  if (store === "sqlite") {
    throw new Error(
      `KENH_ALARMS=${alarms} needs a store that several share, not KENH_STORE=sqlite`,
    );
  }
  return alarms;
}

function storeOf(e: Environment, folder: string): StoreConfig {
  if (e.KENH_STORE === "sqlite") return { kind: "sqlite", file: join(folder, "store.db") };
  const url = e.KENH_INFLUX_URL;
  if (!url) {
    throw new Error(
      `KENH_STORE=${e.KENH_STORE} needs KENH_INFLUX_URL, such as http://127.0.0.1:8086`,
    );
  }
  if (e.KENH_STORE === "victoriametrics") {
    const { KENH_VM_SELECT_URL: selectUrl, KENH_VM_STORAGE_URLS: storageUrls } = e;
    return {
      kind: "victoriametrics",
      url,
      ...(selectUrl !== undefined && { selectUrl }),
      ...(storageUrls !== undefined && { storageUrls }),
    };
  }
  return {
    kind: "influxdb",
    url,
    version: Number(e.KENH_INFLUX_VERSION) as 1 | 2 | 3,
    org: e.KENH_INFLUX_ORG,
    bucket: e.KENH_INFLUX_BUCKET,
    token: secret(e.KENH_INFLUX_TOKEN, e.KENH_INFLUX_TOKEN_FILE),
  };
}

function mqttDoorOf(e: Environment): MqttDoorConfig {
  if (!e.KENH_BROKER_URL) {
    throw new Error("KENH_DOOR=mqtt needs KENH_BROKER_URL, such as mqtts://broker.example:8883");
  }
  return {
    url: e.KENH_BROKER_URL,
    username: e.KENH_BROKER_USERNAME,
    password: secret(e.KENH_BROKER_PASSWORD, e.KENH_BROKER_PASSWORD_FILE),
    caFile: e.KENH_BROKER_CA_FILE,
    ...(e.KENH_BROKER_CLIENT_ID !== undefined && { clientId: e.KENH_BROKER_CLIENT_ID }),
  };
}

function secret(value: string | undefined, file: string | undefined): string | undefined {
  return value ?? (file === undefined ? undefined : readFileSync(file, "utf8").trim());
}
