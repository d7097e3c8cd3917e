import * as z from "zod";

/** Defaults, each with its reason. */
export const defaults = {
  /** IANA's port of NUT. */
  port: 3493,
  /** Mains loss is told within 5 s; upsd itself asks most UPSes every 2 s, so less gains nothing. */
  intervalMs: 5000,
  /** upsd answers from memory: one that is silent for 5 s is not going to answer. */
  timeoutMs: 5000,
} as const;

export const configSchema = z
  .strictObject({
    host: z.string().min(1).describe("name or address of the machine that runs upsd"),
    port: z.int().min(1).max(65_535).default(defaults.port),
    ups: z
      .string()
      .regex(/^[^\s"\\]+$/, { error: "must be a name as in ups.conf, without spaces or quotes" })
      .optional()
      .describe("name of the UPS in ups.conf; the only one of the server when absent"),
    username: z
      .string()
      .regex(/^[^\s"\\]+$/, { error: "must be a name as in upsd.users, without spaces or quotes" })
      .optional()
      .describe("reading needs none; with one, it is checked at each start"),
    password: z.string().min(1).optional(),
    passwordFile: z.string().min(1).optional().describe("its first line is the password"),
    starttls: z.boolean().default(false).describe("encrypt, and refuse a server that can't"),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe("PEM of the authority, or of upsd's own certificate; the system's when absent"),
    trusted: z
      .array(z.string())
      .default([])
      .describe("variables that an engineer has measured: contradictions (flag 3) are passed over"),
    intervalMs: z.int().min(500).default(defaults.intervalMs).describe("between two readings"),
    timeoutMs: z.int().min(100).default(defaults.timeoutMs).describe("for each answer"),
  })
  .refine((c) => !(c.password && c.passwordFile), {
    path: ["password"],
    error: "stands beside passwordFile: keep one of the two",
  })
  .refine((c) => Boolean(c.username) === Boolean(c.password || c.passwordFile), {
    path: ["username"],
    error: "goes with password or passwordFile: give both or neither",
  })
  .refine((c) => c.starttls || !c.caFile, {
    path: ["caFile"],
    error: "is for starttls: set starttls to true",
  });
export type Config = z.output<typeof configSchema>;
