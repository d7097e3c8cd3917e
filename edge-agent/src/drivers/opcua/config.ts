import * as z from "zod";
import { ruleShape } from "../extract.ts";

/** Defaults, each with its reason. */
const defaults = {
  /** Encrypted and signed unless the engineer writes that the wire is open. */
  security: "Basic256Sha256",
  /** A value a second is what an operator can follow. */
  publishingIntervalMs: 1000,
  samplingIntervalMs: 1000,
  /** Ten samples between two publications: a source that is faster for a moment loses nothing. */
  queueSize: 10,
  /** With nothing to say the server speaks every tenth interval. */
  keepAliveCount: 10,
  /** Three keep-alives missed: one may be late, two may be, a third is silence. */
  silentAfter: 3,
  /** A small controller takes seconds to open a secure channel. */
  connectTimeoutMs: 15_000,
} as const;

/** `ns` is the index of a namespace at this server, `nsu` its name, which outlives a restart. */
const nodePattern = /^(ns=\d+;|nsu=[^;]+;)?([is]=.+|g=[0-9a-fA-F-]{36}|b=[A-Za-z0-9+/=]+)$/;

const nodePointSchema = z.strictObject({
  node: z.string().regex(nodePattern, {
    error: 'must be a node, such as "ns=2;s=Level", "nsu=urn:maker:plc;s=Level" or "ns=3;i=1001"',
  }),
  samplingIntervalMs: z.int().nonnegative().optional().describe("the driver's when absent"),
  queueSize: z.int().min(1).max(1000).optional().describe("the driver's when absent"),
  ...ruleShape,
});
export type NodePoint = z.output<typeof nodePointSchema>;

export const configSchema = z
  .strictObject({
    url: z.string().regex(/^opc\.tcp:\/\/[^/@]+(\/.*)?$/, {
      error: "must be opc.tcp:// with a host, such as opc.tcp://192.168.1.20:4840",
    }),
    security: z
      .enum(["None", "Basic256Sha256", "Aes256_Sha256_RsaPss"])
      .default(defaults.security)
      .describe("None is an open wire; with the others messages are signed and encrypted"),
    serverCertFile: z.string().min(1).optional().describe("the server's certificate, PEM or DER"),
    serverThumbprint: z
      .string()
      .transform((text) => text.replaceAll(/[\s:]/g, "").toLowerCase())
      .pipe(
        z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, {
          error: "must be the SHA-1 (40) or SHA-256 (64 hexadecimal digits) of the certificate",
        }),
      )
      .optional()
      .describe("of the server's certificate, as the device itself shows it"),
    pkiDir: z
      .string()
      .min(1)
      .optional()
      .describe("folder of the agent's own certificate and key; made on first use"),
    username: z.string().min(1).optional().describe("anonymous when absent"),
    password: z.string().min(1).optional(),
    passwordFile: z.string().min(1).optional().describe("its first line is the password"),
    userCertFile: z.string().min(1).optional().describe("the user's certificate, PEM or DER"),
    userKeyFile: z.string().min(1).optional().describe("PEM"),
    points: z
      .array(nodePointSchema)
      .refine((points) => new Set(points.map((p) => p.quantity)).size === points.length, {
        error: "gives one quantity twice: give each point its own",
      }),
    publishingIntervalMs: z.int().min(10).default(defaults.publishingIntervalMs),
    samplingIntervalMs: z.int().nonnegative().default(defaults.samplingIntervalMs),
    queueSize: z.int().min(1).max(1000).default(defaults.queueSize),
    keepAliveCount: z.int().min(1).max(1000).default(defaults.keepAliveCount),
    silentAfter: z.int().min(2).max(100).default(defaults.silentAfter),
    connectTimeoutMs: z.int().positive().default(defaults.connectTimeoutMs),
  })
  .superRefine((config, context) => {
    const fault = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    const { security, serverCertFile, serverThumbprint, pkiDir, username, userCertFile } = config;
    if (security !== "None" && pkiDir === undefined) {
      fault("pkiDir", `is needed with ${security}: name a folder for the agent's certificate`);
    }
    if (serverCertFile !== undefined && serverThumbprint !== undefined) {
      fault("serverThumbprint", "stands beside serverCertFile: keep one of the two");
    }
    if (config.password !== undefined && config.passwordFile !== undefined) {
      fault("password", "stands beside passwordFile: keep one of the two");
    }
    const hasPassword = config.password !== undefined || config.passwordFile !== undefined;
    if ((username !== undefined) !== hasPassword) {
      fault("username", "and password belong together: give both or neither");
    }
    if ((userCertFile !== undefined) !== (config.userKeyFile !== undefined)) {
      fault("userCertFile", "and userKeyFile belong together: give both or neither");
    }
    if (username !== undefined && userCertFile !== undefined) {
      fault("userCertFile", "stands beside username: keep one of the two");
    }
  });
export type Config = z.output<typeof configSchema>;
