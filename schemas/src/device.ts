import * as z from "zod";
import { identityPartPattern, identitySchema } from "./identity.ts";
import { profileNamePattern, vnAqiStandingSchema } from "./profile.ts";
import { textSchema } from "./text.ts";

const position = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  elevationM: z.number().optional().describe("height in the national datum (zero at Hòn Dấu)"),
});

/** A device as its engineer registers it. */
export const deviceSchema = z.strictObject({
  identity: identitySchema,
  profile: z.string().regex(profileNamePattern),
  label: textSchema.optional(),
  siteLabel: textSchema.optional(),
  position: position.optional(),
  intervalMs: z.int().positive().optional().describe("overrides the profile's"),
  vnAqi: vnAqiStandingSchema.optional().describe("overrides the profile's"),
});
export type Device = z.infer<typeof deviceSchema>;

/** A ward in files: what `examples/` holds and `kenh station` registers on its first start. */
export const wardSchema = z.strictObject({
  version: z.literal(1),
  province: z.string().regex(identityPartPattern),
  unit: z.string().regex(identityPartPattern),
  label: textSchema,
  devices: z.array(deviceSchema),
});
export type Ward = z.infer<typeof wardSchema>;
