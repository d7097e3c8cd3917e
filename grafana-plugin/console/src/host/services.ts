import {
  EventBusSrv,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
} from "@grafana/data";
import {
  type BackendSrv,
  type BackendSrvRequest,
  type FetchResponse,
  setAppEvents,
  setBackendSrv,
  setCurrentUser,
} from "@grafana/runtime";
import type { Role } from "@kenh/schemas";
import { from, Observable } from "rxjs";
import app from "../../../src/plugin.json" with { type: "json" };
import { type Api, ApiError } from "../api.ts";

const proxy = "api/plugin-proxy/kenh-ioc-app/";

/** Gives Grafana's libraries what Grafana's core gives them, with the station behind the app's proxy. */
export function giveServices(api: () => Api): void {
  // The default values of panel options ask for the editors' names; nobody edits here.
  const editors = ["boolean", "number", "text", "radio", "select", "slider", "unit", "color"];
  const registered = () => editors.map((id) => ({ id, name: id, editor: () => null }));
  standardEditorsRegistry.setInit(registered);
  standardFieldConfigEditorRegistry.setInit(() => []);
  setAppEvents(new EventBusSrv());
  const fetchThrough = <T>(request: BackendSrvRequest): Observable<FetchResponse<T>> =>
    from(send<T>(api(), request));
  const chunked = (request: BackendSrvRequest) => readChunks(api(), request);
  setBackendSrv({ fetch: fetchThrough, chunked } as Partial<BackendSrv> as BackendSrv);
  setCurrentUser(user as unknown as Parameters<typeof setCurrentUser>[0]);
}

/** Grafana's libraries take the user once; whoever signs in later changes what is in it. */
const user: { permissions: Record<string, boolean> } = { permissions: {} };

/** What each role of a token may do, in the words of the app; each may do what those before it may. */
const rights: readonly (readonly [Role, string])[] = [
  ["reader", "kenh-ioc-app.alarms:read"],
  ["operator", "kenh-ioc-app.alarms:operate"],
  ["engineer", "kenh-ioc-app.alarms:maintain"],
];

/** Gives the panel the rights of a role; the station holds every call against it again. */
export function giveRights(role: Role): void {
  const last = role === "admin" ? rights.length - 1 : rights.findIndex(([name]) => name === role);
  user.permissions = Object.fromEntries(
    rights.slice(0, last + 1).map(([, right]) => [right, true]),
  );
}

async function send<T>(api: Api, request: BackendSrvRequest): Promise<FetchResponse<T>> {
  const method = request.method ?? "GET";
  try {
    const response = await api.open(stationPath(method, request.url), {
      method,
      ...(request.data === undefined
        ? {}
        : {
            body: JSON.stringify(request.data),
            headers: { "content-type": "application/json", ...request.headers },
          }),
    });
    const data = (await response.json()) as T;
    return { ...outline(response, request), data };
  } catch (error) {
    // Grafana's service rejects with the status, 0 where no answer came.
    throw {
      status: error instanceof ApiError ? error.status : 0,
      data: { message: String(error) },
      config: request,
    };
  }
}

/** An answer in pieces as they come, until it ends; unsubscribing ends it. */
function readChunks(
  api: Api,
  request: BackendSrvRequest,
): Observable<FetchResponse<Uint8Array | undefined>> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    const read = async () => {
      const response = await api.fetch(stationPath("GET", request.url), {
        headers: request.headers ?? {},
        signal: controller.signal,
      });
      const frame = outline(response, request);
      if (!response.ok || !response.body) subscriber.next({ ...frame, data: undefined });
      else {
        const reader = response.body.getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          subscriber.next({ ...frame, data: part.value });
        }
      }
    };
    read().then(
      () => subscriber.complete(),
      (error) => subscriber.error(error),
    );
    return () => controller.abort();
  });
}

function outline(response: Response, config: BackendSrvRequest) {
  const { ok, status, statusText, headers, redirected, type, url } = response;
  return { ok, status, statusText, headers, redirected, type, url, config };
}

/**
 * Where the app's proxy would send a request: the first route of the method whose path matches, its `*`
 * standing for the rest; the query goes along.
 * @throws Error when no route matches.
 */
export function stationPath(method: string, url: string): string {
  const [address = "", query] = url.replace(/^\//, "").split("?", 2);
  const path = address.slice(proxy.length);
  const rest = query === undefined ? "" : `?${query}`;
  for (const route of url.includes(proxy) ? app.routes : []) {
    if (route.method !== method) continue;
    const target = route.url.replace("{{ .JsonData.apiUrl }}", "");
    if (route.path === path) return target + rest;
    const prefix = route.path.endsWith("/*") ? route.path.slice(0, -1) : undefined;
    if (prefix && path.startsWith(prefix)) return `${target}/${path.slice(prefix.length)}${rest}`;
  }
  throw new Error(`no route of the app's proxy takes ${method} ${url}`);
}
