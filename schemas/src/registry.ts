import * as z from "zod";
import { agencyKeySchema, deviceSchema, positionSchema } from "./device.ts";
import { identityPartPattern, identitySchema } from "./identity.ts";
import { quantityNamePattern } from "./quantity.ts";
import { textSchema } from "./text.ts";

/** The kinds of records that a registry holds, each after those that it may name. */
export const registryKinds = [
  "province",
  "unit",
  "agency",
  "site",
  "device",
  "calibration",
] as const;
export type RegistryKind = (typeof registryKinds)[number];

const part = "[a-z0-9][a-z0-9_-]{0,31}";
const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, { error: "must be one line of text" });

const provinceSchema = z.strictObject({
  province: z
    .string({ error: 'must be text: write a code in quotes, such as "82"' })
    .regex(identityPartPattern, { error: 'must be a province, such as "82"' }),
  label: textSchema,
  kind: line.optional().describe("tỉnh, thành phố"),
});

const unitSchema = z.strictObject({
  unit: z.string().regex(new RegExp(`^${part}/${part}$`), {
    error: "must be province/unit, such as 82/29869",
  }),
  label: textSchema,
  kind: line.optional().describe("phường, xã, sở, …"),
});

/** Who answers for devices and datasets. */
const agencySchema = z.strictObject({
  agency: agencyKeySchema,
  label: textSchema,
  owner: line.optional().describe("who answers for it: an office, or a person by function"),
  contact: z
    .strictObject({
      name: line.optional(),
      phone: z
        .string()
        .regex(/^\+?[\d .()-]{5,30}$/, { error: "must be a telephone number" })
        .optional(),
      email: z
        .string()
        .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, {
          error: "must be an address such as ioc@caolanh.gov.vn",
        })
        .optional(),
    })
    .optional(),
  updateEveryMs: z
    .int()
    .positive()
    .optional()
    .describe("how often it has agreed to bring its data up to date"),
});

const siteSchema = z.strictObject({
  site: z.string().regex(new RegExp(`^${part}/${part}/${part}$`), {
    error: "must be province/unit/site, such as 82/29869/cau-cao-lanh",
  }),
  label: textSchema,
  position: positionSchema.optional(),
  datum: z
    .strictObject({
      name: line.describe("what levels at the site are measured from, such as its staff gauge"),
      zeroElevationM: z
        .number()
        .optional()
        .describe("height of its zero in the national datum (zero at Hòn Dấu)"),
    })
    .optional()
    .describe("the national one when absent"),
});

/**
 * What was set or found at a device from an instant on. A record of the past: it is added and never
 * changed, and no reading is computed again because of it.
 */
const calibrationSchema = z.strictObject({
  device: identitySchema,
  quantity: z.string().regex(quantityNamePattern, {
    error: "must be a quantity, lower case with digits and _, such as water_level_m",
  }),
  from: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/, {
      error: 'must be a date and time with its zone, such as "2026-03-02T09:30:00+07:00"',
      abort: true,
    })
    .refine((text) => !Number.isNaN(Date.parse(text)), { error: "is no date that there is" }),
  by: line.describe("who calibrated"),
  note: line.optional(),
  settings: z
    .record(z.string().regex(/^\w{1,40}$/), z.number())
    .optional()
    .describe("as the agent has them from then on, such as mountElevationM, offsetM, scale"),
});

export const registrySchemas = {
  province: provinceSchema,
  unit: unitSchema,
  agency: agencySchema,
  site: siteSchema,
  device: deviceSchema,
  calibration: calibrationSchema,
} as const satisfies Record<RegistryKind, z.ZodType>;

/** What a record of a kind says. */
export type RegistryRecord<Kind extends RegistryKind = RegistryKind> = z.infer<
  (typeof registrySchemas)[Kind]
>;
export type Site = RegistryRecord<"site">;
export type Calibration = RegistryRecord<"calibration">;

/** The list of a file, and of a body of HTTP, that has the records of a kind. */
export const registryLists = {
  province: "provinces",
  unit: "units",
  agency: "agencies",
  site: "sites",
  device: "devices",
  calibration: "calibrations",
} as const satisfies Record<RegistryKind, string>;

/** Names a record among those of its kind. Up to a space it is the path by which scopes see it. */
export function registryKeyOf(kind: RegistryKind, record: RegistryRecord): string {
  const fields = record as unknown as Readonly<Record<string, string>>;
  if (kind === "device") return fields.identity ?? "";
  if (kind !== "calibration") return fields[kind] ?? "";
  const { device, quantity, from } = record as Calibration;
  return `${device} ${quantity} ${new Date(from).toISOString()}`;
}

/** Any number of records of each kind; what a file of the registry says beside its version. */
export const registryBatchSchema = z.strictObject({
  provinces: z.array(provinceSchema).default([]),
  units: z.array(unitSchema).default([]),
  agencies: z.array(agencySchema).default([]),
  sites: z.array(siteSchema).default([]),
  devices: z.array(deviceSchema).default([]),
  calibrations: z.array(calibrationSchema).default([]),
});
export type RegistryBatch = z.output<typeof registryBatchSchema>;

const currentForm = registryBatchSchema.extend({ version: z.literal(2) });

/** The first form: one unit, and the names of sites at the devices. */
const firstForm = z
  .strictObject({
    version: z.literal(1),
    province: z.string().regex(identityPartPattern),
    unit: z.string().regex(identityPartPattern),
    label: textSchema,
    devices: z.array(deviceSchema.extend({ siteLabel: textSchema.optional() })),
  })
  .transform(({ province, unit, label, devices }): z.output<typeof currentForm> => {
    const sites = new Map<string, Site>();
    for (const { identity, siteLabel } of devices) {
      const site = identity.slice(0, identity.lastIndexOf("/"));
      if (siteLabel) sites.set(site, { site, label: siteLabel });
    }
    return {
      ...{ version: 2, provinces: [], agencies: [], calibrations: [] },
      units: [{ unit: `${province}/${unit}`, label }],
      sites: [...sites.values()],
      devices: devices.map(({ siteLabel: _, ...device }) => device),
    };
  });

/** A registry, or a part of one, in a file: what `examples/` holds, git keeps, and import and export speak. */
export const registryFileSchema = z.discriminatedUnion("version", [currentForm, firstForm], {
  error: "is no version that this program knows: write 2, or start a newer Kênh",
});
