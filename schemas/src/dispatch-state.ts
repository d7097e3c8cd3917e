import * as z from "zod";
import { agencyKeySchema } from "./device.ts";
import { type Text, textSchema } from "./text.ts";

/**
 * Where a dispatch stands. `assigned` and `accepted` wait for the agency, `returned` for whoever
 * assigned it; `handled` and `withdrawn` are over.
 */
export const dispatchStates = ["assigned", "accepted", "returned", "handled", "withdrawn"] as const;
export const dispatchStateSchema = z.enum(dispatchStates);
export type DispatchState = z.infer<typeof dispatchStateSchema>;

export const dispatchStateWords: Readonly<Record<DispatchState, Text>> = {
  assigned: { vi: "Đã giao", en: "Assigned" },
  accepted: { vi: "Đã tiếp nhận", en: "Accepted" },
  returned: { vi: "Bị trả lại", en: "Sent back" },
  handled: { vi: "Đã xử lý", en: "Handled" },
  withdrawn: { vi: "Đã thu hồi", en: "Withdrawn" },
};

/** What an alarm carries of its last dispatch, unless that was withdrawn. */
export const alarmDispatchSchema = z.object({
  id: z.string(),
  agency: agencyKeySchema,
  label: textSchema,
  state: dispatchStateSchema,
  deadline: z.int(),
  overdue: z.boolean(),
  late: z.boolean().describe("handled after its deadline"),
});
export type AlarmDispatch = z.infer<typeof alarmDispatchSchema>;
