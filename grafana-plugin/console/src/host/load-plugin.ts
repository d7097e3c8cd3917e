import type {
  DataQueryRequest,
  DataQueryResponse,
  DataSourceApi,
  DataSourceInstanceSettings,
  DataSourcePlugin,
  PanelPlugin,
} from "@grafana/data";
import type { Observable } from "rxjs";

/** The libraries that Grafana shares with plugins, as far as the panel may ask for them. */
const shared: Record<string, () => Promise<object>> = {
  "@grafana/data": () => import("@grafana/data"),
  "@grafana/runtime": () => import("@grafana/runtime"),
  react: () => import("react"),
  "react/jsx-runtime": () => import("react/jsx-runtime"),
  "react-dom": () => import("react-dom"),
  rxjs: () => import("rxjs"),
};
const scheme = "shared:";

/** What of SystemJS is used here; its hooks are its documented way of extension. */
interface SystemJs {
  constructor: {
    prototype: {
      resolve(id: string, parent?: string): string;
      instantiate(url: string, parent?: string): unknown;
    };
  };
  import(url: string): Promise<object>;
}
declare global {
  interface Window {
    System?: SystemJs;
    define?: { amd?: object };
  }
}

/** Loads a built panel as Grafana does: the AMD bundle by SystemJS, its libraries shared. */
export const loadPanel = (url: string): Promise<PanelPlugin> => loadPlugin<PanelPlugin>(url);

/** Loads a built, streaming data source in the same way, and asks it its one query. */
export async function loadDataSource(url: string): Promise<Observable<DataQueryResponse>> {
  const { DataSourceClass } = await loadPlugin<DataSourcePlugin<DataSourceApi>>(url);
  const source = new DataSourceClass({ name: "Kênh" } as DataSourceInstanceSettings);
  return source.query({
    targets: [],
  } as unknown as DataQueryRequest) as Observable<DataQueryResponse>;
}

async function loadPlugin<T>(url: string): Promise<T> {
  const system = await systemJs();
  const module = (await system.import(url)) as { plugin?: T };
  if (!module.plugin) throw new Error(`${url} exports no plugin`);
  return module.plugin;
}

let loading: Promise<SystemJs> | undefined;

function systemJs(): Promise<SystemJs> {
  loading ??= loadSystemJs();
  return loading;
}

async function loadSystemJs(): Promise<SystemJs> {
  await import("systemjs/dist/system.js");
  await import("systemjs/dist/extras/amd.js");
  // Plugins call define; libraries that look for define.amd would register there instead of exporting.
  delete window.define?.amd;
  const system = window.System;
  if (!system) throw new Error("SystemJS did not start");
  const hooks = system.constructor.prototype;
  const { resolve, instantiate } = hooks;
  hooks.resolve = function (id, parent) {
    return id in shared ? scheme + id : resolve.call(this, id, parent);
  };
  hooks.instantiate = function (url, parent) {
    const load = url.startsWith(scheme) ? shared[url.slice(scheme.length)] : undefined;
    return load ? load().then(asRegistration) : instantiate.call(this, url, parent);
  };
  return system;
}

/** A loaded library in the form of System.register. */
function asRegistration(library: object) {
  const declare = (exportAll: (names: object) => void) => ({
    setters: [],
    execute() {
      // Anything returned would be taken for a promise.
      exportAll(library);
    },
  });
  return [[], declare];
}
