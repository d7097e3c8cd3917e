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
import { from, type Observable } from "rxjs";
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
  // The station decides who may operate; a refusal is shown as one.
  setCurrentUser({ permissions: { "kenh-ioc-app.alarms:operate": true } } as unknown as Parameters<
    typeof setCurrentUser
  >[0]);
  const fetchThrough = <T>(request: BackendSrvRequest): Observable<FetchResponse<T>> =>
    from(send<T>(api(), request));
  setBackendSrv({ fetch: fetchThrough } as Partial<BackendSrv> as BackendSrv);
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
            headers: { "content-type": "application/json" },
          }),
    });
    const { ok, status, statusText, headers, redirected, type, url } = response;
    const data = (await response.json()) as T;
    return { data, ok, status, statusText, headers, redirected, type, url, config: request };
  } catch (error) {
    // Grafana's service rejects with the status, 0 where no answer came.
    throw {
      status: error instanceof ApiError ? error.status : 0,
      data: { message: String(error) },
      config: request,
    };
  }
}

/**
 * Where the app's proxy would send a request: the first route of the method whose path matches, its `*`
 * standing for the rest.
 * @throws Error when no route matches.
 */
export function stationPath(method: string, url: string): string {
  const path = url.replace(/^\//, "").slice(proxy.length);
  for (const route of url.includes(proxy) ? app.routes : []) {
    if (route.method !== method) continue;
    const target = route.url.replace("{{ .JsonData.apiUrl }}", "");
    if (route.path === path) return target;
    const prefix = route.path.endsWith("/*") ? route.path.slice(0, -1) : undefined;
    if (prefix && path.startsWith(prefix)) return `${target}/${path.slice(prefix.length)}`;
  }
  throw new Error(`no route of the app's proxy takes ${method} ${url}`);
}
