import { Hono } from "hono";
import type { ApiEnv } from "../api/parts.ts";
import type { Latest } from "../latest.ts";
import type { Registry } from "../registry.ts";
import type { Contracts } from "../sharing/contracts.ts";
import { type DatasetParts, datasetRefuse, datasetRoutes, datasetsPath } from "./datasets.ts";
import { guardPublic, type PublicLimits } from "./guard.ts";
import { openDevices } from "./opened.ts";
import {
  type SensorThingsParts,
  sensorThingsPath,
  sensorThingsRefuse,
  sensorThingsRoutes,
} from "./sensorthings/routes.ts";

export interface OpenDataParts
  extends Omit<DatasetParts & SensorThingsParts, "contracts" | "open"> {
  readonly contracts: Pick<Contracts, "datasets">;
  readonly registry: Pick<Registry, "all" | "record" | "catalogue">;
  readonly latest: Pick<Latest, "of">;
  readonly limits?: Partial<PublicLimits>;
}

/** What needs no token: data that contracts open to everybody, by SensorThings and as a file a day. */
export function openDataRoutes(parts: OpenDataParts): Hono<ApiEnv> {
  const { registry, latest } = parts;
  const contracts = () => parts.contracts.datasets.values();
  const open = () =>
    openDevices({
      contracts: contracts(),
      devices: registry.all(),
      profiles: registry.catalogue().profiles,
      siteOf: (key) => registry.record("site", key),
      latest,
    });
  const guard = guardPublic(parts.limits);
  const app = new Hono<ApiEnv>();
  app.use(`${datasetsPath}/*`, guard(datasetRefuse));
  app.use(`${sensorThingsPath}/*`, guard(sensorThingsRefuse));
  app.route(datasetsPath, datasetRoutes({ ...parts, contracts, open }));
  app.route(sensorThingsPath, sensorThingsRoutes({ ...parts, open }));
  return app;
}
