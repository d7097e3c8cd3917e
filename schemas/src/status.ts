import * as z from "zod";

/** The retained message on a device's `status` topic; the offline one is the last will. */
export const statusSchema = z.looseObject({
  v: z.literal(1),
  state: z.enum(["online", "offline"]),
  since: z.int().describe("milliseconds since 1970 UTC"),
  agent: z.string().optional(),
  reason: z.string().optional(),
});
export type Status = z.infer<typeof statusSchema>;
