import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Alarm } from "@kenh/schemas";

/** The built page, as a station serves it. */
export const pageFolder = fileURLToPath(
  new URL("../../grafana-plugin/dist-console/", import.meta.url),
);

/** What the page needs of a station, and no more. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // The hash is that of an empty style element, which Grafana's libraries fill by the CSSOM.
  "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".woff": "font/woff",
  ".ttf": "font/ttf",
};

/** A small HTTP server that speaks the API of a station, with its alarms in the hands of a test. */
export interface StationFixture extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** The requests that changed something: method, path and body. */
  readonly posted: { path: string; body: unknown }[];
  /** The `since` of each stream that was opened. */
  readonly resumed: number[];
  /** The status with which acknowledgements are refused; 200 accepts them. */
  acknowledgeStatus: number;
  /** Whether the stream and the list answer at all. */
  reachable: boolean;
  /** What the device list and the series answer. */
  devices: unknown[];
  points: unknown[][];
  /** Puts an alarm on the list and sends it down every open stream. */
  announce(alarm: Alarm): void;
  /** Sends raw text down every open stream. */
  sendRaw(text: string): void;
  /** Ends every open stream. */
  cut(): void;
}

export async function startStationFixture(alarms: readonly Alarm[] = []): Promise<StationFixture> {
  const held = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const journal: Alarm[] = [];
  const streams = new Set<ServerResponse>();
  const firstRevision = 100;
  const revision = () => firstRevision + journal.length;

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://station");
    if (!url.pathname.startsWith("/api/")) return servePage(url.pathname, response);
    if (request.headers.authorization !== `Bearer ${fixture.token}`) {
      return json(response, 401, { type: "about:blank", title: "Unauthorized", status: 401 });
    }
    if (!fixture.reachable) return response.destroy();
    if (request.method === "POST") return act(url.pathname, await bodyOf(request), response);
    switch (url.pathname) {
      case "/api/v1/alarms":
        return json(response, 200, { alarms: [...held.values()], revision: revision() });
      case "/api/v1/alarms/stream":
        return stream(Number(url.searchParams.get("since")), response);
      case "/api/v1/devices":
        return json(response, 200, { devices: fixture.devices });
      case "/api/v1/telemetry":
        return json(response, 200, {
          quantity: url.searchParams.get("quantity"),
          unit: "m",
          points: fixture.points,
        });
      case "/api/v1/ledger":
        return json(response, 200, {
          total: { received: 123456, stored: 123400, duplicate: 20, quarantined: 6, pending: 30 },
          epochs: [],
        });
      default:
        return json(response, 404, { type: "about:blank", title: "Not found", status: 404 });
    }
  });

  function stream(since: number, response: ServerResponse) {
    if (!(since >= firstRevision && since <= revision())) {
      return json(response, 410, { type: "about:blank", title: "Unknown revision", status: 410 });
    }
    fixture.resumed.push(since);
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": here\n\n");
    for (let at = since; at < revision(); at++) response.write(event(at));
    streams.add(response);
    response.on("close", () => streams.delete(response));
  }

  const event = (at: number) =>
    `id: ${at + 1}\nevent: alarm\ndata: ${JSON.stringify(journal[at - firstRevision])}\n\n`;

  function act(path: string, body: unknown, response: ServerResponse) {
    fixture.posted.push({ path, body });
    const id = decodeURIComponent(
      /^\/api\/v1\/alarms\/([^/]+)\/acknowledge$/.exec(path)?.[1] ?? "",
    );
    const alarm = held.get(id);
    if (!alarm)
      return json(response, 404, { type: "about:blank", title: "Not found", status: 404 });
    const status = fixture.acknowledgeStatus;
    if (status !== 200) return json(response, status, { type: "about:blank", title: "No", status });
    const state = alarm.state === "returned" ? "normal" : "acknowledged";
    const answer: Alarm = { ...alarm, state, version: alarm.version + 1 };
    json(response, 200, answer);
    fixture.announce(answer);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fixture: StationFixture = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "a-token-of-the-fixture",
    posted: [],
    resumed: [],
    acknowledgeStatus: 200,
    reachable: true,
    devices: [],
    points: [],
    announce(alarm) {
      held.set(alarm.id, alarm);
      const at = revision();
      journal.push(alarm);
      for (const response of streams) response.write(event(at));
    },
    sendRaw(text) {
      for (const response of streams) response.write(text);
    },
    cut() {
      for (const response of streams) response.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fixture;
}

function servePage(path: string, response: ServerResponse) {
  const file = join(pageFolder, path === "/" ? "index.html" : path);
  if (!file.startsWith(pageFolder) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": types[extname(file)] ?? "application/octet-stream",
    "content-security-policy": contentSecurityPolicy,
    "x-content-type-options": "nosniff",
  });
  createReadStream(file).pipe(response);
}

function json(response: ServerResponse, status: number, body: object) {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : null;
}
