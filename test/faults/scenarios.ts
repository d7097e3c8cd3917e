import { alarmStorm } from "./alarm-storm.ts";
import { blackHole } from "./black-hole.ts";
import { clockJumps } from "./clock.ts";
import { damage } from "./damage.ts";
import { edgeDay } from "./edge-day.ts";
import { engineFailover } from "./engines.ts";
import { frozenSubscriber } from "./frozen.ts";
import { fullDisk } from "./full-disk.ts";
import { kills } from "./kills.ts";
import { outage } from "./outage.ts";
import { poison } from "./poison.ts";
import type { Scenario } from "./scenario.ts";
import { sharedStream } from "./shared-stream.ts";
import { cleanStop } from "./stop.ts";
import { storm } from "./storm.ts";

/** Every way in which things go wrong here. */
export const scenarios: readonly Scenario[] = [
  kills,
  outage,
  blackHole,
  frozenSubscriber,
  fullDisk,
  storm,
  poison,
  damage,
  clockJumps,
  edgeDay,
  cleanStop,
  alarmStorm,
  engineFailover,
  sharedStream,
];
