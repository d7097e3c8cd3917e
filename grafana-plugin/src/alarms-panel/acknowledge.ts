import { getBackendSrv } from "@grafana/runtime";
import type { Alarm } from "@kenh/schemas";
import { lastValueFrom } from "rxjs";

/** Why an acknowledgement was not accepted. */
export type Refusal =
  | { readonly kind: "forbidden" | "changed" | "gone" | "offline" | "session" }
  | { readonly kind: "failed"; readonly status: number };

/** What became of an acknowledgement: the alarm as the station now has it, or why not. */
type Outcome = { readonly alarm: Alarm } | { readonly refusal: Refusal };

/** Acknowledges one version of an alarm; never throws. */
export type Acknowledge = (alarm: Pick<Alarm, "id" | "version">) => Promise<Outcome>;

const refusals: Record<number, Refusal> = {
  401: { kind: "session" },
  403: { kind: "forbidden" },
  404: { kind: "gone" },
  409: { kind: "changed" },
};

/** Acknowledges through the app's proxy route, which holds the token and asks for the right. */
export const acknowledgeThroughApp: Acknowledge = async ({ id, version }) => {
  try {
    const answer = await lastValueFrom(
      getBackendSrv().fetch<Alarm>({
        url: `api/plugin-proxy/kenh-ioc-app/operate/${encodeURIComponent(id)}/acknowledge`,
        method: "POST",
        data: { version },
        showErrorAlert: false,
        showSuccessAlert: false,
      }),
    );
    return { alarm: answer.data };
  } catch (error) {
    const status = statusOf(error);
    if (!status) return { refusal: { kind: "offline" } };
    return { refusal: refusals[status] ?? { kind: "failed", status } };
  }
};

/** The HTTP status of a failed fetch; undefined when no answer came. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("status" in error)) return undefined;
  return typeof error.status === "number" && error.status > 0 ? error.status : undefined;
}
