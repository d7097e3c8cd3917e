import * as z from "zod";
import { prioritySchema } from "./alarm.ts";
import { agencyKeySchema } from "./device.ts";
import { dispatchStateSchema } from "./dispatch-state.ts";
import { identitySchema } from "./identity.ts";
import { textSchema } from "./text.ts";

/** What may happen to a dispatch; `overdue` is told once, by the station's clock. */
export const dispatchEvents = [
  "assign",
  "accept",
  "handle",
  "return",
  "withdraw",
  "comment",
  "overdue",
] as const;
export const dispatchEventSchema = z.enum(dispatchEvents);
export type DispatchEvent = z.infer<typeof dispatchEventSchema>;

/** One line of a dispatch's history: what, when, into which state, by whom and why. It is never changed. */
export const dispatchLineSchema = z.object({
  at: z.int(),
  event: dispatchEventSchema,
  state: dispatchStateSchema,
  actor: z.string().nullable().describe("null where nobody did it: its time was over"),
  scope: z
    .string()
    .nullable()
    .describe("of the token: tells the agency from whoever writes down what it said"),
  comment: z.string().nullable(),
  alarmVersion: z.int().describe("of its alarm, with this step"),
});
export type DispatchLine = z.infer<typeof dispatchLineSchema>;

/**
 * An alarm that is given to an agency to be dealt with (phiếu giao xử lý). It belongs to one agency
 * for ever: given to another one, it is another dispatch. Times in milliseconds since 1970 UTC.
 */
export const dispatchSchema = z.object({
  id: z.string(),
  alarm: z.string(),
  device: identitySchema,
  place: textSchema.describe("site and device, as the registry called them"),
  rule: z.string(),
  priority: prioritySchema.describe("of the alarm when it was assigned, as the message"),
  message: textSchema,
  agency: agencyKeySchema,
  label: textSchema.describe("of the agency"),
  state: dispatchStateSchema,
  instruction: z.string(),
  assignedAt: z.int(),
  assignedBy: z.string(),
  deadline: z.int(),
  acceptedAt: z.int().nullable(),
  handledAt: z.int().nullable(),
  overdue: z.boolean().describe("the deadline is over, and the agency has not answered"),
  late: z.boolean().describe("it was handled after its deadline"),
  previous: z.string().nullable().describe("the dispatch of another agency that this one follows"),
  version: z.int().describe("grows with each step; a call with a stale one is refused"),
  history: z.array(dispatchLineSchema),
});
export type Dispatch = z.infer<typeof dispatchSchema>;
