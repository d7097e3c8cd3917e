import { readFileSync } from "node:fs";
import * as z from "zod";
import type { StoreConfig } from "../config.ts";

const part = "[a-z0-9_*-]+";

/** Where a destination's store is. Its token stands in a file of its own: nothing secret is kept with it. */
const storeSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("influxdb"),
    url: z.url({ protocol: /^https?$/ }),
    version: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
    org: z.string().min(1).default("kenh"),
    bucket: z.string().min(1).default("kenh"),
    tokenFile: z.string().startsWith("/").optional(),
  }),
  z.strictObject({ kind: z.literal("victoriametrics"), url: z.url({ protocol: /^https?$/ }) }),
]);

/** One more store to which readings go, such as the official centre's beside the pilot's. */
export const destinationSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, {
    error: "must be 1 to 32 of a-z 0-9 - _, such as official",
  }),
  store: storeSchema,
  devices: z
    .array(
      z.string().regex(new RegExp(`^${part}/${part}/${part}/${part}$`), {
        error:
          "must be province/unit/site/device in which * stands for any text, such as 82/29869/*/*",
      }),
    )
    .min(1)
    .optional()
    .describe("all when absent"),
  measurements: z.array(z.string().min(1)).min(1).optional().describe("all when absent"),
});
/** What a person writes of a destination. */
export type DestinationConfig = z.infer<typeof destinationSchema>;
/** What is known of one: where the store of the station's own configuration is stands there alone. */
export type KnownDestination = Omit<DestinationConfig, "store"> &
  Partial<Pick<DestinationConfig, "store">>;

/** With the token read. @throws Error naming the file when it can't be read */
export function storeConfigOf(store: DestinationConfig["store"]): StoreConfig {
  if (store.kind === "victoriametrics") return store;
  const { tokenFile, ...rest } = store;
  return { ...rest, token: tokenFile && readFileSync(tokenFile, "utf8").trim() };
}

/** A call that can't be carried out as things stand: the message says what to do first. */
export class DestinationRefusal extends Error {
  override readonly name = "DestinationRefusal";
}
