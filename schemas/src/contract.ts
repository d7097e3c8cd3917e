import * as z from "zod";
import { agencyKeySchema } from "./device.ts";
import { identityPartPattern } from "./identity.ts";
import { profileNamePattern } from "./profile.ts";
import { measurementSchema, quantityNamePattern } from "./quantity.ts";
import { textSchema } from "./text.ts";

const id = z.string().regex(identityPartPattern, {
  error: "must be 1 to 32 of a-z 0-9 - _ and begin with a letter or digit",
});

/** Lengths of the periods that a contract may have: each divides a day, or is made of whole days. */
export const periods = [
  ...["5m", "10m", "15m", "20m", "30m"],
  ...["1h", "2h", "3h", "4h", "6h", "8h", "12h"],
  ...["1d", "1w", "2w", "1mo", "3mo"],
] as const;
export const periodSchema = z.enum(periods, { error: `must be one of ${periods.join(", ")}` });
/** How often a dataset is to be brought up to date. Weeks begin on Monday; months and quarters are civil. */
export type Period = z.infer<typeof periodSchema>;

const spanMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A length of time such as 30m, 8h or 3d; in milliseconds once it is read. */
const lengthSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,4}[mhd])$/, { error: "must be a length such as 30m, 8h or 3d" })
  .transform((text) =>
    text === "0" ? 0 : Number.parseInt(text, 10) * spanMs[text.slice(-1) as keyof typeof spanMs],
  );

const day = "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])";
const date = z
  .string()
  .regex(new RegExp(`^${day}$`), { error: "must be a date such as 2026-10-05" });
const moment = z.string().regex(new RegExp(`^${day}(T([01]\\d|2[0-3]):[0-5]\\d)?$`), {
  error: "must be a date (2026-10-05) or a local time (2026-10-05T06:00)",
});

const contactSchema = z.strictObject({
  name: z.string().min(1).optional().describe("the focal person (đầu mối)"),
  phone: z.string().min(1).optional(),
  email: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/, { error: "must be an address such as an@example.vn" })
    .optional(),
});
export type Contact = z.infer<typeof contactSchema>;

/** An agency that owes data: one that the registry does not know, or knows under another name. */
const agencySchema = z.strictObject({
  agency: agencyKeySchema,
  label: textSchema,
  contact: contactSchema.default({}),
});
export type Agency = z.infer<typeof agencySchema>;

/** Who issues the report, as Nghị định 30/2020/NĐ-CP has it stand at its head and foot. */
const authoritySchema = z.strictObject({
  superior: z.string().min(1).optional().describe("cơ quan chủ quản trực tiếp"),
  name: z.string().min(1).describe("cơ quan ban hành"),
  symbol: z.string().min(1).describe("ký hiệu, such as VP in Số: …/BC-VP"),
  place: z.string().min(1).describe("địa danh"),
  addressee: z.string().min(1).optional().describe("kính gửi"),
  signer: z.strictObject({
    capacity: z.string().min(1).optional().describe("quyền hạn, such as TM. ỦY BAN NHÂN DÂN"),
    title: z.string().min(1).describe("chức vụ"),
    name: z.string().min(1).optional(),
  }),
  recipients: z.array(z.string().min(1)).default([]).describe("nơi nhận"),
});
export type Authority = z.infer<typeof authoritySchema>;

/** A time for which nothing is owed. */
const exemptionSchema = z.strictObject({
  id,
  reason: z.enum(["maintenance", "holiday"]),
  label: textSchema,
  from: moment.describe("a date counts from its first moment"),
  to: moment.describe("a date counts to its last moment"),
  agencies: z.array(agencyKeySchema).min(1).optional(),
  datasets: z.array(id).min(1).optional().describe("all when neither is named"),
});
export type Exemption = z.infer<typeof exemptionSchema>;

const opennessSchema = z.discriminatedUnion("level", [
  z.strictObject({
    level: z.literal("open"),
    licence: z.string().min(1).describe("its short name, such as CC-BY-4.0"),
    licenceUrl: z
      .string()
      .regex(/^https?:\/\/\S+$/, { error: "must be an address" })
      .optional(),
  }),
  z.strictObject({ level: z.literal("shared") }),
  z.strictObject({
    level: z.literal("closed"),
    ground: textSchema.describe("the legal ground on which it is refused, with its article"),
  }),
]);

const recordFieldTypes = ["text", "integer", "number", "boolean", "date", "datetime"] as const;
/** A column of what an agency hands over. */
const recordFieldSchema = z
  .strictObject({
    name: z.string().regex(quantityNamePattern, { error: "must be lower case with digits and _" }),
    label: textSchema.optional(),
    type: z.enum(recordFieldTypes),
    optional: z.boolean().default(false),
    min: z.number().optional(),
    max: z.number().optional(),
    oneOf: z.array(z.string()).min(1).optional(),
  })
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    error: "min must not be above max",
  });
export type RecordField = z.infer<typeof recordFieldSchema>;

const devicesSourceSchema = z.strictObject({
  match: z
    .array(
      z.string().regex(/^[a-z0-9_*-]+(\/[a-z0-9_*-]+){3}$/, {
        error: "must be province/unit/site/device in which * stands for any text, such as 82/*/*/*",
      }),
    )
    .min(1),
  profiles: z.array(z.string().regex(profileNamePattern)).min(1).optional(),
  measurements: z.array(measurementSchema).min(1).optional(),
  quantities: z
    .array(z.string().regex(quantityNamePattern))
    .min(1)
    .optional()
    .describe("every quantity when absent"),
});
const recordsSourceSchema = z.strictObject({
  fields: z.array(recordFieldSchema).min(1).max(64),
  time: z.string().describe("the field of type date or datetime that says when a record is of"),
  key: z.array(z.string()).min(1).describe("the fields that tell one record from another"),
});

/** What an agency has promised to share: a contract of data. */
export const datasetSchema = z
  .strictObject({
    id,
    label: textSchema,
    agency: agencyKeySchema,
    contact: contactSchema.optional().describe("the agency's when absent"),
    kind: z.enum(["periodic", "event"]),
    period: periodSchema
      .optional()
      .describe("an event dataset with one is to be confirmed each period"),
    lateness: lengthSchema.describe("how long after the end of its period data may come"),
    coverage: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .describe("share of its devices that make a period delivered"),
    from: date.describe("in force from this day on"),
    until: date.optional().describe("to this day, which is the last"),
    openness: opennessSchema,
    devices: devicesSourceSchema.optional().describe("a stream of these devices"),
    records: recordsSourceSchema.optional().describe("handed over by file or by HTTP"),
  })
  .refine(({ kind, period }) => kind === "event" || period !== undefined, {
    error: "a periodic dataset needs its period",
    path: ["period"],
  })
  .refine(({ devices, records }) => (devices === undefined) !== (records === undefined), {
    error: "needs either devices or records, and not both",
  });
export type Dataset = z.infer<typeof datasetSchema>;

/** A file of `contracts/`. */
export const contractFileSchema = z.strictObject({
  version: z.literal(1),
  authority: authoritySchema.optional(),
  agencies: z.array(agencySchema).default([]),
  exemptions: z.array(exemptionSchema).default([]),
  datasets: z.array(datasetSchema).default([]),
});
export type ContractFile = z.infer<typeof contractFileSchema>;
