import { getBackendSrv } from "@grafana/runtime";
import type { Alarm } from "@kenh/schemas";
import { lastValueFrom } from "rxjs";
import { appProxy } from "../shared/app-proxy.ts";

/** What an operator asks for; `until` in milliseconds UTC. */
export type Call =
  | { readonly kind: "acknowledge"; readonly comment?: string }
  | { readonly kind: "unshelve" | "return-to-service" }
  | {
      readonly kind: "shelve" | "out-of-service";
      readonly comment: string;
      readonly until: number;
    }
  | { readonly kind: "comment"; readonly comment: string };
export type CallKind = Call["kind"];

/** Why a call was not accepted. */
export type Refusal =
  | { readonly kind: "forbidden" | "changed" | "gone" | "offline" | "session" }
  | { readonly kind: "failed"; readonly status: number };

/** What became of a call: the alarm as the station now has it, or why not. */
export type Outcome = { readonly alarm: Alarm } | { readonly refusal: Refusal };

/**
 * Carries out a call on alarms of these versions, at most as many as `together` allows; gives the
 * outcomes in their order, and never throws. `key` makes a repetition harmless.
 */
export type CarryOut = (
  alarms: readonly Pick<Alarm, "id" | "version">[],
  call: Call,
  key: string,
) => Promise<readonly Outcome[]>;

/** How many alarms one request may name; taking out of service names one. */
export function together(kind: CallKind): number {
  return kind === "out-of-service" ? 1 : 500;
}

const refusals: Record<number, Refusal> = {
  401: { kind: "session" },
  403: { kind: "forbidden" },
  404: { kind: "gone" },
  409: { kind: "changed" },
};

/** Through the app's proxy routes, which hold the tokens and ask for the right. */
export const carryOutThroughApp: CarryOut = async (alarms, { kind, ...rest }, key) => {
  const route = `${appProxy}/${needsEngineer(kind) ? "maintain" : "operate"}`;
  try {
    const [first, ...others] = alarms;
    if (first && others.length === 0) {
      const url = `${route}/${encodeURIComponent(first.id)}/${kind}`;
      return [{ alarm: await post<Alarm>(url, { version: first.version, ...rest }, key) }];
    }
    const named = alarms.map(({ id, version }) => ({ id, version }));
    const { results } = await post<{
      readonly results: readonly { alarm?: Alarm; problem?: { status: number } }[];
    }>(`${route}/${kind}`, { alarms: named, ...rest }, key);
    return results.map(({ alarm, problem }) =>
      alarm ? { alarm } : { refusal: refusalOf(problem?.status) },
    );
  } catch (error) {
    const refusal = refusalOf(statusOf(error));
    return alarms.map(() => ({ refusal }));
  }
};

/** `POST` through the app's proxy; rejects with what Grafana rejects with. */
export async function post<T>(url: string, data: object, key: string): Promise<T> {
  const answer = await lastValueFrom(
    getBackendSrv().fetch<T>({
      url,
      method: "POST",
      data,
      headers: { "Idempotency-Key": key },
      showErrorAlert: false,
      showSuccessAlert: false,
    }),
  );
  return answer.data;
}

/** No status: no answer came. */
function refusalOf(status: number | undefined): Refusal {
  if (!status) return { kind: "offline" };
  return refusals[status] ?? { kind: "failed", status };
}

/** Why a call that was rejected was not accepted. */
export const refusalFrom = (error: unknown): Refusal => refusalOf(statusOf(error));

/** Taking alarms out of service and back is the engineer's. */
export function needsEngineer(kind: CallKind): boolean {
  return kind === "out-of-service" || kind === "return-to-service";
}

/** `GET` through the app's proxy; rejects with what Grafana rejects with. */
export async function read<T>(path: string): Promise<T> {
  const answer = await lastValueFrom(
    getBackendSrv().fetch<T>({
      url: `${appProxy}/${path}`,
      method: "GET",
      showErrorAlert: false,
      showSuccessAlert: false,
    }),
  );
  return answer.data;
}

/** The HTTP status of a failed fetch; undefined when no answer came. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("status" in error)) return undefined;
  return typeof error.status === "number" && error.status > 0 ? error.status : undefined;
}
