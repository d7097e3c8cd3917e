import type { Dispatch, DispatchState } from "@kenh/schemas";
import { appProxy } from "../../shared/app-proxy.ts";
import { post, type Refusal, refusalFrom } from "../calls.ts";

/** What may be asked of a dispatch that there is. */
export const dispatchKinds = [
  "accept",
  "handle",
  "return",
  "comment",
  "reassign",
  "withdraw",
] as const;
export type DispatchKind = (typeof dispatchKinds)[number];

/** What is sent with a call: the station checks it again. */
export interface DispatchAnswer {
  readonly comment?: string;
  readonly agency?: string;
  readonly minutes?: number;
  readonly instruction?: string;
}

const possible: Readonly<Record<DispatchState, readonly DispatchKind[]>> = {
  assigned: ["accept", "handle", "return", "reassign", "withdraw", "comment"],
  accepted: ["handle", "return", "reassign", "withdraw", "comment"],
  returned: ["reassign", "withdraw", "comment"],
  handled: ["comment"],
  withdrawn: ["comment"],
};

/** The calls that make sense for a dispatch, the most usual first. */
export const offeredFor = ({ state }: Pick<Dispatch, "state">): readonly DispatchKind[] =>
  possible[state];

/** Whether somebody has yet to answer: then the alarm is given to nobody else. */
export const isWaiting = ({ state }: Pick<Dispatch, "state">): boolean =>
  state !== "handled" && state !== "withdrawn";

/** Gives an alarm to an agency; null when it is done, else why it is not. */
export function assign(alarm: string, answer: DispatchAnswer, key: string) {
  return tell(`operate/${encodeURIComponent(alarm)}/dispatch`, answer, key);
}

/** Carries a call out on a dispatch of this version; null when it is done, else why it is not. */
export function callOn(
  { id, version }: Pick<Dispatch, "id" | "version">,
  kind: DispatchKind,
  answer: DispatchAnswer,
  key: string,
) {
  return tell(`dispatch/${encodeURIComponent(id)}/${kind}`, { ...answer, version }, key);
}

async function tell(path: string, data: object, key: string): Promise<Refusal | null> {
  try {
    await post<Dispatch>(`${appProxy}/${path}`, data, key);
    return null;
  } catch (error) {
    return refusalFrom(error);
  }
}
