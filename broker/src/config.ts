import { quotasSchema } from "@kenh/schemas";
import * as z from "zod";
import { limitsSchema } from "./limits.ts";

/** Loopback: a broker that is to be reached from elsewhere is told so. */
const host = z.string().min(1).default("127.0.0.1");
/** 0 takes any free port, which `start()` tells. */
const port = (preset: number) => z.int().min(0).max(65_535).default(preset);

const tls = {
  certFile: z.string().min(1).describe("PEM, with its chain"),
  keyFile: z.string().min(1).describe("PEM"),
  caFile: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe("PEM of the authorities whose client certificates are identities; none without it"),
  clientCertificates: z.enum(["optional", "required"]).default("optional"),
};
const path = z.string().startsWith("/").default("/mqtt");

export const tlsListenerSchema = z.strictObject({
  host,
  port: port(8883),
  ...tls,
  optional: z
    .boolean()
    .default(false)
    .describe("the broker goes without it when its port is taken"),
});
const wsListenerSchema = z.strictObject({ host, port: port(9001), path });
const wssListenerSchema = z.strictObject({ host, port: port(9443), path, ...tls });
export type TlsListener = z.infer<typeof tlsListenerSchema>;
export type WsListener = z.infer<typeof wsListenerSchema>;
export type WssListener = z.infer<typeof wssListenerSchema>;

/** What a person writes to set up the broker. Every listener asks for credentials. */
export const configSchema = z.strictObject({
  version: z.literal(1).default(1),
  host,
  port: port(1883),
  tls: tlsListenerSchema.optional(),
  ws: wsListenerSchema.optional(),
  wss: wssListenerSchema.optional(),
  reloadMs: z
    .int()
    .positive()
    .default(250)
    .describe("how often changed credentials are looked for: a revoked one lives no longer"),
  metricsPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("of a broker alone: /metrics on the loopback interface"),
  limits: limitsSchema,
  quotas: quotasSchema,
});
export type Config = z.infer<typeof configSchema>;
