import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

interface Route {
  readonly path: string;
  readonly method: string;
  readonly url: string;
  readonly reqAction: string;
  readonly headers: readonly { readonly name: string; readonly content: string }[];
}
interface Plugin {
  readonly routes: readonly Route[];
  readonly roles: readonly {
    readonly role: { readonly permissions: readonly { readonly action: string }[] };
    readonly grants: readonly string[];
  }[];
}

/** The app as it is shipped. */
export const plugin: Plugin = JSON.parse(
  readFileSync(
    fileURLToPath(new URL("../../grafana-plugin/src/plugin.json", import.meta.url)),
    "utf8",
  ),
);

/** Basic roles of Grafana, each with what those before it may. */
export const roles = ["Viewer", "Editor", "Admin"] as const;
export type GrafanaRole = (typeof roles)[number];

export interface ProxySettings {
  readonly apiUrl: string;
  readonly apiToken: string;
  readonly engineerToken: string;
}

/**
 * Routes requests below `/api/plugin-proxy/kenh-ioc-app/` as Grafana's app proxy does: the first route
 * whose method is the request's and whose path is the request's (a `*` at its end takes the rest),
 * let through for whoever is granted its action; cookies are taken off, what the browser sends as
 * authorization or identity too, and Grafana's own identity token and the route's headers are put on.
 * Who asks is told by the test's header `x-role`, and the identity token by `identity`.
 */
export async function startGrafanaProxy(
  settings: ProxySettings,
  identity: (role: string) => string | undefined,
) {
  const fill = (template: string) =>
    template.replaceAll(
      /\{\{\s*\.(?:Secure)?JsonData\.(\w+)\s*\}\}/g,
      (_, name: keyof ProxySettings) => settings[name],
    );
  const mayAct = (role: string, action: string) =>
    plugin.roles.some(
      ({ role: { permissions }, grants }) =>
        permissions.some((permission) => permission.action === action) &&
        grants.some(
          (granted) => roles.indexOf(granted as GrafanaRole) <= roles.indexOf(role as GrafanaRole),
        ),
    );

  const server = createServer(async (request, response) => {
    const end = (status: number, text: string): void => void response.writeHead(status).end(text);
    // Grafana reads the path as a clean one: what climbs out of it is gone before a route is looked for.
    const { pathname, search } = new URL(request.url ?? "/", "http://grafana");
    const prefix = "/api/plugin-proxy/kenh-ioc-app/";
    const role = String(request.headers["x-role"] ?? "");
    if (!pathname.startsWith(prefix)) return end(404, "no such page");
    if (!roles.includes(role as GrafanaRole)) return end(401, "sign in");
    const path = pathname.slice(prefix.length);
    const route = plugin.routes.find(
      (one) =>
        one.method === request.method &&
        (one.path.endsWith("*") ? path.startsWith(one.path.slice(0, -1)) : path === one.path),
    );
    if (!route) return end(404, "no route");
    if (!mayAct(role, route.reqAction)) return end(403, "plugin proxy route access denied");
    const rest = route.path.endsWith("*") ? path.slice(route.path.length - 1) : "";
    const target = `${fill(route.url)}${rest === "" ? "" : `/${rest}`}${search}`;
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      const dropped = ["cookie", "host", "connection", "authorization", "x-grafana-id", "x-role"];
      if (typeof value === "string" && !dropped.includes(name)) headers.set(name, value);
    }
    const signed = identity(role);
    if (signed !== undefined) headers.set("x-grafana-id", signed);
    for (const { name, content } of route.headers) headers.set(name, fill(content));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(target, {
      method: request.method ?? "GET",
      headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    end(answer.status, await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/plugin-proxy/kenh-ioc-app/`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
