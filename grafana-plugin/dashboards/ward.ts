import { alarms } from "./alarms.ts";
import { cameras } from "./cameras.ts";
import { environment } from "./environment.ts";
import { fleet } from "./fleet.ts";
import { overview } from "./overview.ts";
import { power } from "./power.ts";
import { sharingPage } from "./sharing.ts";
import { water } from "./water.ts";

/** Every page of the ward, by the name of its file. */
export const dashboards = {
  overview,
  water,
  environment,
  power,
  cameras,
  fleet,
  alarms,
  sharing: sharingPage,
};
