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

type Event = Alarm["history"][number]["event"];
interface Named {
  readonly id: string;
  readonly version: number;
}
interface Asked {
  readonly version: number;
  readonly comment?: string;
  readonly until?: number;
}
interface LastValue {
  readonly value: number;
  readonly unit: string;
}

/** A small HTTP server that speaks the API of a station, with its alarms in the hands of a test. */
export interface StationFixture extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** The requests that changed something: method, path and body. */
  readonly posted: { path: string; body: unknown }[];
  /** The devices whose series was asked for. */
  readonly charted: Set<string | null>;
  /** The `since` of each stream that was opened. */
  readonly resumed: number[];
  /** The status with which calls are refused; 200 accepts them. */
  callStatus: number;
  /** The status with which everything else is refused; 200 answers. */
  readStatus: number;
  /** The role of the token. */
  role: string;
  /** What the list says of floods; undefined for a station that says nothing. */
  floods: object[] | undefined;
  /** How far the station's clock is ahead. */
  skewMs: number;
  /** Whether the stream and the list answer at all. */
  reachable: boolean;
  /** What the device list and the series answer. */
  devices: unknown[];
  points: unknown[][];
  /** Puts an alarm on the list and sends it down every open stream. */
  announce(...alarms: readonly Alarm[]): void;
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
    response.setHeader("date", new Date(Date.now() + fixture.skewMs).toUTCString());
    const refusal = fixture.readStatus;
    if (refusal !== 200) return json(response, refusal, { title: "No", status: refusal });
    const known = held.get(decodeURIComponent(url.pathname.slice("/api/v1/alarms/".length)));
    if (known) return json(response, 200, known);
    switch (url.pathname) {
      case "/api/v1/me":
        return json(response, 200, { id: "t", role: fixture.role, scope: "82/29869" });
      case "/api/v1/alarms":
        return json(response, 200, {
          alarms: url.searchParams.has("since") ? [] : [...held.values()],
          revision: revision(),
          floods: fixture.floods,
        });
      case "/api/v1/alarms/kpis":
        return json(response, 200, kpis(held.values()));
      case "/api/v1/alarms/stream":
        return stream(Number(url.searchParams.get("since")), response);
      case "/api/v1/devices":
        return json(response, 200, { devices: fixture.devices });
      case "/api/v1/telemetry":
        return json(response, 200, series(url.searchParams));
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
    // As often as a station does.
    const heartbeat = setInterval(() => response.write(": here\n\n"), 2000);
    response.on("close", () => {
      clearInterval(heartbeat);
      streams.delete(response);
    });
  }

  const event = (at: number) =>
    `id: ${at + 1}\nevent: alarm\ndata: ${JSON.stringify(journal[at - firstRevision])}\n\n`;

  function act(path: string, body: unknown, response: ServerResponse) {
    fixture.posted.push({ path, body });
    const several = /^\/api\/v1\/alarms\/([a-z-]+)$/.exec(path)?.[1];
    if (several) {
      const { alarms: named, ...asked } = body as Asked & { alarms: readonly Named[] };
      const results = named.map(({ id, version }) => {
        const answer = actOn(id, several as Event, { ...asked, version });
        return typeof answer === "number"
          ? { id, problem: { title: "No", status: answer } }
          : { id, alarm: answer };
      });
      return json(response, 200, { results });
    }
    const [, id = "", kind = ""] = /^\/api\/v1\/alarms\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
    const answer = actOn(decodeURIComponent(id), kind as Event, body as Asked);
    return typeof answer === "number"
      ? json(response, answer, { type: "about:blank", title: "No", status: answer })
      : json(response, 200, answer);
  }

  /** The alarm after a call, announced; or the status of the refusal. */
  function actOn(id: string, kind: Event, asked: Asked): Alarm | number {
    const alarm = held.get(id);
    if (!alarm) return 404;
    if (fixture.callStatus !== 200) return fixture.callStatus;
    if (asked.version !== alarm.version) return 409;
    const answer = carriedOut(alarm, kind, asked);
    fixture.announce(answer);
    return answer;
  }

  /** The points as they are for a water level, in the size of its last value for anything else. */
  function series(query: URLSearchParams) {
    const [device, quantity] = [query.get("device"), query.get("quantity") ?? ""];
    fixture.charted.add(device);
    const devices = fixture.devices as { identity: string; values: Record<string, LastValue> }[];
    const last = devices.find(({ identity }) => identity === device)?.values[quantity];
    const most = Math.max(...fixture.points.map(([, value]) => Number(value)));
    const scale = quantity === "water_level_m" || !last ? 1 : last.value / most;
    const points = fixture.points.map(([ts, value, flag]) => [
      ts,
      value === null ? null : Number(value) * scale,
      flag,
    ]);
    return { quantity, unit: last?.unit ?? "", points };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fixture: StationFixture = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "a-token-of-the-fixture",
    posted: [],
    charted: new Set(),
    resumed: [],
    callStatus: 200,
    readStatus: 200,
    role: "engineer",
    floods: undefined,
    skewMs: 0,
    reachable: true,
    devices: [],
    points: [],
    announce(...told) {
      const from = revision();
      for (const alarm of told) held.set(alarm.id, alarm);
      journal.push(...told);
      const text = told.map((_, index) => event(from + index)).join("");
      for (const response of streams) response.write(text);
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

/** What becomes of an alarm by an operator's call; the states are those of ISA-18.2. */
function carriedOut(alarm: Alarm, event: Event, { comment = "", until }: Asked): Alarm {
  const back = alarm.active ? "unacknowledged" : "returned";
  const states: Partial<Record<Event, Alarm["state"]>> = {
    acknowledge: alarm.state === "returned" ? "normal" : "acknowledged",
    shelve: "shelved",
    unshelve: back,
    "out-of-service": "out-of-service",
    "return-to-service": back,
  };
  const state = states[event] ?? alarm.state;
  const at = Date.now();
  const line = { at, event, state, value: alarm.value, actor: "Trần Văn An", comment };
  return {
    ...alarm,
    state,
    acknowledgedAt: event === "acknowledge" ? at : alarm.acknowledgedAt,
    shelvedUntil: event === "comment" ? alarm.shelvedUntil : (until ?? null),
    version: alarm.version + 1,
    history: [...alarm.history, line],
  };
}

/** The key figures of a day, as far as the panel shows them. */
function kpis(alarms: Iterable<Alarm>) {
  const sources = [...alarms].slice(0, 10);
  return {
    alarms: 137,
    per10Min: { mean: 0.95, most: 14 },
    floodShare: 2 / 144,
    toAcknowledge: { count: 101, medianMs: 154_000, p90Ms: 900_000 },
    top: sources.map(({ device, rule }, index) => ({
      device,
      rule,
      count: 40 - 3 * index,
      share: (40 - 3 * index) / 137,
    })),
    operators: [
      { actor: "Lê Văn Cường", count: 24, medianMs: 95_000, p90Ms: 400_000 },
      { actor: "Nguyễn Thị Bình", count: 77, medianMs: 171_000, p90Ms: 900_000 },
    ],
    units: [
      {
        unit: "82/29869",
        alarms: 137,
        per10Min: { mean: 0.95, most: 14 },
        floodShare: 2 / 144,
        toAcknowledge: { count: 101, medianMs: 154_000, p90Ms: 900_000 },
      },
    ],
  };
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
