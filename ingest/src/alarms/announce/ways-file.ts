import { alarmEventSchema, prioritySchema, textSchema } from "@kenh/schemas";
import * as z from "zod";
import { secretPlaceSchema } from "./secret.ts";

/** Places in the book of alarms that are the station's own. */
const ownNames: readonly string[] = ["mqtt", "store", "escalation"];
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, {
    error: "must be lower case with digits and -, such as truc-ban",
  })
  .refine((one) => !ownNames.includes(one), {
    error: `${ownNames.join(", ")} are the station's own: choose another name`,
  });
const part = "[a-z0-9][a-z0-9_-]{0,31}";
const place = z.string().regex(new RegExp(`^${part}(/${part}){0,2}$`), {
  error: "must be a province (82), a unit (82/29869) or a site (82/29869/cau-cao-lanh)",
});

/** Which transitions go this way; what is absent lets all through. */
const filter = {
  places: z.array(place).min(1).optional(),
  rules: z
    .array(
      z.string().regex(/^[a-z][a-z0-9_.-]*\*?$/, { error: "is a rule, or its beginning and *" }),
    )
    .min(1)
    .optional(),
  priorities: z.array(prioritySchema).min(1).optional(),
  events: z
    .array(alarmEventSchema)
    .optional()
    .describe("none: this way is told by the escalation alone"),
  hidden: z
    .boolean()
    .default(false)
    .describe("also what is shelved, suppressed or out of service: for a copy of the list"),
};
export type WayFilter = z.infer<z.ZodObject<typeof filter>>;

const http = {
  url: z.url({ protocol: /^https?$/, error: "must be an address with http or https" }),
  secret: secretPlaceSchema.describe("signs what is posted"),
  caFile: z.string().optional(),
  timeoutSeconds: z.number().positive().max(120).default(10),
  inFlight: z.int().min(1).max(32).default(4),
};
const address = z
  .string()
  .regex(/^[^\p{Cc}]*[^\s@]+@[^\s@]+$/u, { error: "is no address of e-mail" });

const webhook = z.strictObject({ kind: z.literal("webhook"), name, ...filter, ...http });

const email = z.strictObject({
  kind: z.literal("email"),
  name,
  ...filter,
  smtp: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).optional().describe("465 for implicit, else 587"),
    tls: z
      .enum(["starttls", "implicit", "none"])
      .default("starttls")
      .describe("none: only for a relay on this machine"),
    caFile: z.string().optional(),
    username: z.string().min(1).optional(),
    password: secretPlaceSchema.optional(),
  }),
  from: address,
  to: z.array(address).min(1).max(50),
  digestMinutes: z.number().positive().max(60).default(5),
});

const cap = z
  .strictObject({
    kind: z.literal("cap"),
    name,
    ...filter,
    priorities: z.array(prioritySchema).min(1).default([1]),
    sender: z.string().regex(/^[^\s,<&]+$/, { error: "has neither spaces nor commas" }),
    senderName: z.string().min(1),
    status: z.enum(["Exercise", "Actual"]).default("Exercise"),
    scope: z.enum(["Public", "Restricted"]).default("Restricted"),
    restriction: z.string().min(1).default("Lực lượng ứng phó của địa phương / local responders"),
    areas: z.record(place, textSchema).default({}),
    radiusKm: z.number().positive().max(100).default(1),
    expiresMinutes: z.int().min(1).default(360),
    folder: z.string().min(1).optional(),
    post: z.strictObject(http).optional(),
  })
  .refine(({ folder, post }) => folder !== undefined || post !== undefined, {
    error: "needs folder, post or both",
    path: ["kind"],
  });

/** Minutes after which nobody has acknowledged, by priority; a priority that is absent waits for ever. */
const minutes = z
  .number()
  .positive()
  .max(7 * 24 * 60);
const escalationStep = z.strictObject({
  after: z
    .strictObject({
      1: minutes.optional(),
      2: minutes.optional(),
      3: minutes.optional(),
      4: minutes.optional(),
    })
    // An operator who is at the desk has answered by then; of a low priority nobody is called at night.
    .default({ 1: 5, 2: 15, 3: 60 }),
  ways: z.array(name).min(1),
  places: filter.places,
});
export type EscalationStep = z.infer<typeof escalationStep>;

/** `ways.yaml` in the station's folder: where alarms go besides the store, the stream and MQTT. */
export const waysFileSchema = z
  .strictObject({
    version: z.literal(1),
    ways: z.array(z.discriminatedUnion("kind", [webhook, email, cap])).default([]),
    escalation: z.array(escalationStep).default([]),
  })
  .superRefine(({ ways, escalation }, context) => {
    const names = ways.map((way) => way.name);
    names.forEach((one, at) => {
      if (names.indexOf(one) === at) return;
      context.addIssue({
        code: "custom",
        path: ["ways", at, "name"],
        message: `${one} is there twice`,
      });
    });
    escalation.forEach((step, at) => {
      step.ways.forEach((one, index) => {
        if (names.includes(one)) return;
        const message = `there is no way ${one}: ${names.join(", ") || "none"}`;
        context.addIssue({ code: "custom", path: ["escalation", at, "ways", index], message });
      });
    });
  });
export type WaysFile = z.infer<typeof waysFileSchema>;
export type WayConfig = WaysFile["ways"][number];
