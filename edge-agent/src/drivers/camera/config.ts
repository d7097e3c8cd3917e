import * as z from "zod";

/** The group and port of WS-Discovery; as `host` of a probe it means: who is there? */
export const discoveryGroup = "239.255.255.250";

/** Every default with its reason; the README repeats the table and a test holds it to this one. */
export const defaults = {
  /** What the profile generic-camera expects; a check costs a few hundred bytes. */
  intervalMs: 60_000,
  /** Cameras of one agent begin at different moments, so that they are never played together. */
  staggerMs: 30_000,
  /** A camera that needs longer for an answer is of no use to those who want to see. */
  timeoutMs: 5000,
  /** Long enough for two key frames of the usual distance, short enough to be no load. */
  playMs: 5000,
  /** With intervalMs: 5 s of picture in 5 min. */
  playEveryRounds: 5,
  /** Cameras lock an account for half an hour after a handful of wrong logins. */
  refusedRetryMs: 600_000,
} as const;

const ms = (least: number, most: number) => z.int().min(least).max(most);

export const configSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/^(\[[0-9a-f:.]+\]|[^\s/:@[\]]+)$/i, {
        error: "must be an address or a name without a port; ports stand in the urls",
      })
      .describe("address or name; replaces the host in every URI it gives"),
    username: z.string().min(1).optional().describe("absent: no login"),
    password: z.string().optional(),
    passwordFile: z.string().min(1).optional().describe("its first line; read anew each round"),
    intervalMs: ms(1000, 3600_000)
      .default(defaults.intervalMs)
      .describe("from one check to the next"),
    staggerMs: ms(0, 3600_000)
      .default(defaults.staggerMs)
      .describe("the first check comes within this, at a moment that the host decides"),
    timeoutMs: ms(100, 60_000).default(defaults.timeoutMs).describe("for each single answer"),
    refusedRetryMs: ms(1000, 86_400_000)
      .default(defaults.refusedRetryMs)
      .describe("after a refused login, until the same password is tried again"),
    rtsp: z
      .union([
        z.literal(false),
        z.strictObject({
          url: z
            .string()
            .regex(/^rtsp:\/\/[^/@]+(\/|$)/, {
              error: "must be rtsp://host[:port]/path without user and password",
            })
            .optional()
            .describe("what ONVIF names when absent"),
          playMs: ms(500, 8000).default(defaults.playMs).describe("how long the stream is played"),
          playEveryRounds: z
            .int()
            .min(1)
            .max(1000)
            .default(defaults.playEveryRounds)
            .describe("the other rounds end with DESCRIBE"),
        }),
      ])
      .prefault({}),
    onvif: z
      .union([
        z.literal(false),
        z.strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe("of the device service"),
          profile: z.string().min(1).optional().describe("token; the first when absent"),
          events: z
            .boolean()
            .default(true)
            .describe("off for a camera that freezes on pull-points"),
        }),
      ])
      .prefault({}),
    snapshot: z
      .union([
        z.literal(false),
        z.strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe("what ONVIF names when absent"),
        }),
      ])
      .prefault({})
      .describe("a picture is fetched for its statistics alone and kept nowhere"),
    isapi: z
      .union([z.boolean(), z.strictObject({ url: z.url({ protocol: /^https?$/ }) })])
      .default(false)
      .describe("the alert stream of Hikvision; true is the usual address on port 80"),
  })
  .refine((c) => c.password === undefined || c.passwordFile === undefined, {
    path: ["password"],
    error: "stands beside passwordFile: keep one of the two",
  })
  .refine((c) => c.username !== undefined || (c.password ?? c.passwordFile) === undefined, {
    path: ["username"],
    error: "is missing although there is a password",
  })
  .refine((c) => c.onvif !== false || c.isapi !== false || (c.rtsp !== false && c.rtsp.url), {
    path: ["rtsp"],
    error: "leaves nothing to ask: give rtsp.url, or onvif, or isapi",
  });
export type Config = z.output<typeof configSchema>;
