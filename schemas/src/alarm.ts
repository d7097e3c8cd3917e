import * as z from "zod";
import { alarmDispatchSchema } from "./dispatch-state.ts";
import { identitySchema } from "./identity.ts";
import { textSchema } from "./text.ts";

/** 1 khẩn cấp, 2 cao, 3 trung bình, 4 thấp. */
export const prioritySchema = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
export type Priority = z.infer<typeof prioritySchema>;

/** States of ISA-18.2; `returned` is back to normal and unacknowledged. */
export const alarmStates = [
  "normal",
  "unacknowledged",
  "acknowledged",
  "returned",
  "shelved",
  "suppressed",
  "out-of-service",
] as const;
export const alarmStateSchema = z.enum(alarmStates);
export type AlarmState = z.infer<typeof alarmStateSchema>;

/**
 * What may happen to an alarm; `late` notes a reading that came too late to change it, `unanswered`
 * that nobody acknowledged in time and who is told next, `dispatch` and what begins with it a step of the
 * agency that it was given to.
 */
export const alarmEvents = [
  "raise",
  "escalate",
  "de-escalate",
  "re-alarm",
  "clear",
  "late",
  "suppress",
  "unsuppress",
  "acknowledge",
  "shelve",
  "unshelve",
  "out-of-service",
  "return-to-service",
  "comment",
  "unanswered",
  "dispatch",
  "dispatch-accept",
  "dispatch-handle",
  "dispatch-return",
  "dispatch-withdraw",
  "dispatch-comment",
  "dispatch-overdue",
] as const;
export const alarmEventSchema = z.enum(alarmEvents);
export type AlarmEvent = z.infer<typeof alarmEventSchema>;

/** One line of an alarm's history: what, when, into which state, by whom and why. */
export const alarmTransitionSchema = z.object({
  at: z.int(),
  event: alarmEventSchema,
  state: alarmStateSchema,
  value: z.number().nullable(),
  actor: z.string().nullable(),
  comment: z.string().nullable(),
  receivedAt: z
    .int()
    .optional()
    .describe("when it came here, where the unit's own station judges the device"),
  late: z.literal(true).optional().describe("it came much later than it happened"),
  settled: z
    .literal(true)
    .optional()
    .describe("when it was sent, the alarm called for nobody any more"),
});
export type AlarmTransition = z.infer<typeof alarmTransitionSchema>;

/** What is odd about an alarm: it comes and goes, or it has stood for days. */
export const alarmMarks = ["chattering", "stale"] as const;
export type AlarmMark = (typeof alarmMarks)[number];

/** An alarm as the API, the stream and the alarm topic give it. Times in milliseconds since 1970 UTC. */
export const alarmSchema = z.object({
  id: z.string(),
  device: identitySchema,
  rule: z.string(),
  priority: prioritySchema,
  state: alarmStateSchema,
  active: z.boolean().describe("whether the condition holds, whatever the operator did"),
  raisedAt: z.int().nullable(),
  clearedAt: z.int().nullable(),
  acknowledgedAt: z.int().nullable(),
  shelvedUntil: z.int().nullable(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  quantity: z.string(),
  message: textSchema,
  cause: textSchema,
  action: textSchema,
  version: z.int().describe("grows with each transition; a call with a stale one is refused"),
  history: z.array(alarmTransitionSchema),
  kind: z.string().optional().describe("of its rule"),
  level: z.int().nullable().optional().describe("of its rule, from 0; null while none holds"),
  suppressedBy: z
    .string()
    .nullable()
    .optional()
    .describe("id of the alarm that is the cause of this one, while that is active"),
  explains: z.int().optional().describe("how many alarms it is the cause of now"),
  marks: z.array(z.enum(alarmMarks)).optional(),
  consequence: textSchema.optional(),
  owner: textSchema.optional(),
  ward: z.string().optional().describe("the unit whose own station judges the device"),
  dispatch: alarmDispatchSchema
    .optional()
    .describe("who deals with it: its last dispatch, unless that was withdrawn"),
});
export type Alarm = z.infer<typeof alarmSchema>;
