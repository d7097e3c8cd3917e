import { Hono } from "hono";
import type { ApiEnv } from "../api/parts.ts";
import { type DatasetParts, datasetRefuse, datasetRoutes, datasetsPath } from "./datasets.ts";
import { guardPublic, type PublicLimits } from "./guard.ts";
import {
  type SensorThingsParts,
  sensorThingsPath,
  sensorThingsRefuse,
  sensorThingsRoutes,
} from "./sensorthings/routes.ts";

export interface OpenDataParts extends DatasetParts, SensorThingsParts {
  readonly limits?: Partial<PublicLimits>;
}

/** What needs no token: data that contracts open to everybody, by SensorThings and as a file a day. */
export function openDataRoutes(parts: OpenDataParts): Hono<ApiEnv> {
  const guard = guardPublic(parts.limits);
  const app = new Hono<ApiEnv>();
  app.use(`${datasetsPath}/*`, guard(datasetRefuse));
  app.use(`${sensorThingsPath}/*`, guard(sensorThingsRefuse));
  app.route(datasetsPath, datasetRoutes(parts));
  app.route(sensorThingsPath, sensorThingsRoutes(parts));
  return app;
}
