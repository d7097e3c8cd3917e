import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { Counter } from "prom-client";
import { liesIn } from "../registry/scope.ts";
import { alarmRoutes } from "./alarm-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { authenticate } from "./authorize.ts";
import { bookRoutes } from "./book-routes.ts";
import { callRoutes } from "./calls.ts";
import { consoleRoutes } from "./console.ts";
import { credentialRoutes } from "./credential-routes.ts";
import { destinationRoutes } from "./destination-routes.ts";
import { deviceRoutes } from "./device-routes.ts";
import { discoveredRoutes } from "./discovered-routes.ts";
import { dispatchRoutes } from "./dispatch-routes.ts";
import { enrolRoutes } from "./enrol-routes.ts";
import { handoverRoutes } from "./handover-routes.ts";
import type { ApiEnv, ApiParts } from "./parts.ts";
import { previewRoutes } from "./preview-routes.ts";
import { ApiError, answerProblem } from "./problem.ts";
import { profileRoutes } from "./profile-routes.ts";
import { quantityRoutes } from "./quantity-routes.ts";
import { registryRoutes } from "./registry-routes.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { askTheEngine, settle } from "./settle.ts";
import { sharingRoutes } from "./sharing-routes.ts";
import { stationRoutes } from "./station-routes.ts";
import { wayRoutes } from "./way-routes.ts";

/** No call carries more than a comment or a list of ids. */
const maxBodyBytes = 128 * 1024;
/** But a file that is handed over may be of thousands of records. */
const maxFileBytes = 2 * 1024 * 1024;
const takesFiles = /^\/api\/v1\/datasets\/[^/]+\/records$/;

/**
 * The station's HTTP API (CONTRACT: HTTP). Everything below `/api/` needs a bearer token. What lies
 * outside its scope is answered as if it did not exist; a role that is too low is told so. No call
 * can be made from a page of another origin.
 */
export function createApi(parts: ApiParts): Hono<ApiEnv> {
  const { access, metrics, log, staticFolder } = parts;
  const requests = new Counter({
    name: "kenh_api_requests_total",
    help: "Requests answered",
    labelNames: ["method", "status"] as const,
    registers: [metrics],
  });
  const app = new Hono<ApiEnv>();

  app.use(async (c, next) => {
    await next();
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "no-referrer");
    c.header("cache-control", "no-store");
    if (!c.res.headers.has("content-security-policy")) {
      c.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    }
    requests.inc({ method: c.req.method, status: c.res.status });
  });

  app.route("/", stationRoutes(parts));

  app.route("/enrol", enrolRoutes(parts));

  app.use("/api/*", authenticate(access));
  const limitOf = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: (c) => answerProblem(c, "too-large", `a body may have ${maxSize} bytes`),
    });
  const [usual, file] = [limitOf(maxBodyBytes), limitOf(maxFileBytes)];
  app.use("/api/*", (c, next) => (takesFiles.test(c.req.path) ? file : usual)(c, next));
  app.use("/api/*", settle(parts.settled));
  if (parts.judgedElsewhere) app.use("/api/*", askTheEngine);
  app.get("/api/v1/me", (c) => c.json(c.var.grant));
  app.get("/api/v1/quotas", (c) => {
    const { scope } = c.var.grant;
    const within = (place: string): boolean => liesIn(scope, place);
    return c.json({
      over: parts.quotas.over().filter(within),
      quotas: parts.quotas.uses().filter(({ place }) => within(place)),
    });
  });
  app.get("/api/v1/wards", (c) => {
    const { scope } = c.var.grant;
    return c.json({ wards: (parts.wards?.() ?? []).filter(({ unit }) => liesIn(scope, unit)) });
  });
  app.route("/api/v1/alarms", alarmRoutes(parts));
  app.route("/api/v1/alarms", callRoutes(parts));
  app.route("/api/v1/audit", auditRoutes(parts));
  app.route("/api/v1/destinations", destinationRoutes(parts));
  app.route("/api/v1/handovers", handoverRoutes(parts));
  app.route("/api/v1/profiles", profileRoutes(parts));
  app.route("/api/v1/registry", registryRoutes(parts));
  app.route("/api/v1/quantities", quantityRoutes(parts));
  app.route("/api/v1/rules", ruleRoutes(parts));
  app.route("/api/v1/ways", wayRoutes(parts));
  app.route("/api/v1", previewRoutes(parts));
  app.route("/api/v1", dispatchRoutes(parts));
  app.route("/api/v1", sharingRoutes(parts));
  app.route("/api/v1", deviceRoutes(parts));
  app.route("/api/v1", bookRoutes(parts));
  app.route("/api/v1", credentialRoutes(parts));
  app.route("/api/v1/discovered", discoveredRoutes(parts));
  // Before the files of the console: below /api/ there is nothing else.
  app.all("/api/*", (c) => c.notFound());

  if (parts.openData) app.route("/", parts.openData);

  app.route("/", consoleRoutes(staticFolder));

  app.notFound((c) => answerProblem(c, "not-found", `there is no ${c.req.method} ${c.req.path}`));
  app.onError((error, c) => {
    if (error instanceof ApiError) return answerProblem(c, error.kind, error.message);
    if (error instanceof HTTPException) return error.getResponse();
    log.error({ err: error, path: c.req.path }, "a call failed");
    return answerProblem(c, "internal", "the call failed; the station's log says why");
  });
  return app;
}
