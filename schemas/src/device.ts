import * as z from "zod";
import { identitySchema } from "./identity.ts";
import { profileNamePattern, vnAqiStandingSchema } from "./profile.ts";
import { textSchema } from "./text.ts";

/** Where something stands. */
export const positionSchema = z.strictObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  elevationM: z.number().optional().describe("height in the national datum (zero at Hòn Dấu)"),
});

const agencyKeyPattern = /^[a-z0-9][a-z0-9_-]{0,31}(\/[a-z0-9][a-z0-9_-]{0,31}){1,2}$/;

/** `province/agency` for one of the province, `province/unit/agency` for one of a unit. */
export const agencyKeySchema = z.string().regex(agencyKeyPattern, {
  error:
    "must be province/agency or province/unit/agency, such as 82/so-nnmt, each part 1 to 32 of a-z 0-9 - _",
});

/** A device as its engineer registers it. */
export const deviceSchema = z.strictObject({
  identity: identitySchema,
  profile: z.string().regex(profileNamePattern),
  label: textSchema.optional(),
  position: positionSchema.optional().describe("the site's when absent"),
  intervalMs: z.int().positive().optional().describe("overrides the profile's"),
  vnAqi: vnAqiStandingSchema.optional().describe("overrides the profile's"),
  agency: agencyKeySchema.optional().describe("whose it is"),
  criticality: z
    .int()
    .min(1)
    .max(4)
    .optional()
    .describe("what hangs on it: 1 life and limb, 2 a service, 3 the work of an office, 4 little"),
});
export type Device = z.infer<typeof deviceSchema>;
