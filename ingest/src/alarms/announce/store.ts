import { type Alarm, type Identity, parseIdentity } from "@kenh/schemas";
import type { Field, Point } from "../../stores/store.ts";
import type { Change } from "../book.ts";
import { alarmOf, type Way } from "./way.ts";

/** As points of the measurement `alarms` (CONTRACT: store mapping). */
export function byStore(deliver: (points: readonly Point[]) => Promise<void>): Way {
  return { name: "store", announce: (changes) => deliver(changes.map(pointOf)) };
}

/** The point of a transition; what it has no value for is no field of it. */
export function pointOf(change: Change): Point {
  const alarm = alarmOf(change);
  const line = alarm.history.at(-1);
  const fields: Field[] = [];
  const add = (name: string, type: Field["type"], value: string | number | null | undefined) => {
    if (value !== null && value !== undefined) fields.push({ name, type, value, flag: 1 });
  };
  add("alarm", "string", alarm.id);
  add("event", "string", line?.event);
  add("state", "string", line?.state);
  add("value", "float", line?.value);
  add("limit", "float", alarm.limit);
  add("actor", "string", line?.actor);
  add("comment", "string", line?.comment);
  return { series: seriesOf(change.device, alarm), ts: change.pointTs, fields };
}

function seriesOf(identity: Identity, { rule, priority }: Alarm): Point["series"] {
  const { province, unit, site, device } = parseIdentity(identity);
  return {
    measurement: "alarms",
    tags: [
      ["province", province],
      ["unit", unit],
      ["site", site],
      ["device", device],
      ["rule", rule],
      ["priority", String(priority)],
    ],
  };
}
